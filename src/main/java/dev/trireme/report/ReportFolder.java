package dev.trireme.report;

import dev.trireme.config.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The folder of a report: {@code report.html} and {@code report.json}, each the old one or the whole new one.
 *
 * @param path of a folder that can be written
 */
public record ReportFolder(Path path) {
    /** The page for people. */
    public static final String PAGE = "report.html";

    /** The same for programs. */
    public static final String NUMBERS = "report.json";

    /** Checks that it is not null. */
    public ReportFolder {
        Objects.requireNonNull(path, "path");
    }

    /**
     * Makes a folder, or finds that it cannot be written before anything is measured for it.
     *
     * @param path of the folder
     * @return the folder
     * @throws ReportException when it is a file, or cannot be made or written
     */
    public static ReportFolder open(Path path) {
        Objects.requireNonNull(path, "path");
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new ReportException(
                    "the report cannot be written into " + path + ", which is no folder; name another with --out");
        }
        try {
            Files.createDirectories(path);
            Files.delete(Files.createTempFile(path, ".report", ".tmp"));
            return new ReportFolder(path);
        } catch (IOException e) {
            throw refused(path, e);
        }
    }

    /**
     * The page.
     *
     * @return a file that exists after {@link #write}
     */
    public Path page() {
        return path.resolve(PAGE);
    }

    /**
     * Writes or replaces both files.
     *
     * @param report what they show
     * @throws ReportException when the folder cannot be written any more
     */
    public void write(Page report) {
        Objects.requireNonNull(report, "report");
        try {
            AtomicFile.write(path.resolve(NUMBERS), report.toJson().getBytes(StandardCharsets.UTF_8));
            AtomicFile.write(page(), PageHtml.of(report).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw refused(path, e);
        }
    }

    private static ReportException refused(Path path, IOException e) {
        return new ReportException(
                "the report cannot be written into " + path + " (" + e + "); name another with --out", e);
    }
}
