package dev.trireme.machine;

import dev.trireme.config.NullChecks;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Python wheel with libraries of NVIDIA's.
 *
 * @param name of the package
 * @param version the only one that was tested
 * @param sha256 hash of the file, 64 hexadecimal digits
 * @param bytes of the file
 */
public record CudaWheel(String name, String version, String sha256, long bytes) {
    private static final Pattern LINE = Pattern.compile("(\\S+)==(\\S+) --hash=sha256:([0-9a-f]{64}) # (\\d+)");

    /** Checks that no component is null. */
    public CudaWheel {
        NullChecks.require("name", name, "version", version, "sha256", sha256);
    }

    /**
     * What libtorch's build for CUDA needs and no jar has.
     *
     * @return in the order in which to fetch them
     */
    public static List<CudaWheel> pinned() {
        try (InputStream file = CudaWheel.class.getResourceAsStream("cuda-wheels.txt")) {
            if (file == null) {
                throw new IllegalStateException("cuda-wheels.txt is not on the class path; build again");
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(LINE::matcher)
                    .filter(Matcher::matches)
                    .map(line ->
                            new CudaWheel(line.group(1), line.group(2), line.group(3), Long.parseLong(line.group(4))))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the class path is broken at cuda-wheels.txt", e);
        }
    }

    /**
     * The wheel as pip's requirement files name it.
     *
     * @return a line with version and hash
     */
    public String requirement() {
        return name + "==" + version + " --hash=sha256:" + sha256;
    }
}
