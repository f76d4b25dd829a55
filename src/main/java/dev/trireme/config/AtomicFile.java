package dev.trireme.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Replaces a file so that whoever looks sees the old one or the whole new one.
 *
 * <pre>
 *   content ──▶ PART, beside it ──sync──▶ rename to NAME ──▶ sync the folder      write: after a crash too
 *   content ──▶ PART, beside it ────────▶ rename to NAME                          replace: for readers meanwhile
 * </pre>
 *
 * <p>When it fails, the old file is as it was, and the part is deleted.
 */
public final class AtomicFile {
    private static final String PART = ".tmp";
    private static final Pattern PART_NAME = Pattern.compile(".+\\.\\d{1,18}\\" + PART);

    private AtomicFile() {}

    /** Writes a file. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes it.
         *
         * @param part where to; a file of that name may be there, from a process that was killed
         * @throws IOException when the disk is full or fails
         */
        void writeTo(Path part) throws IOException;
    }

    /**
     * Writes a file that is on the disk when this returns.
     *
     * @param target its name, in an existing folder
     * @param content all of it
     * @throws IOException when the disk is full or fails
     * @throws IllegalArgumentException when the name is no file's
     */
    public static void write(Path target, byte[] content) throws IOException {
        NullChecks.require("target", target, "content", content);
        String ofThisProcess = "." + ProcessHandle.current().pid() + PART;
        folderOf(target);
        write(target.resolveSibling(target.getFileName() + ofThisProcess), target, part -> Files.write(part, content));
    }

    /**
     * Writes a file that is on the disk when this returns.
     *
     * @param part its name until it is whole, in the same folder; nobody else may use it meanwhile
     * @param target its name, in an existing folder
     * @param content writes it
     * @throws IOException when the disk is full or fails
     * @throws IllegalArgumentException when the name is no file's
     */
    public static void write(Path part, Path target, Content content) throws IOException {
        NullChecks.require("part", part, "target", target, "content", content);
        Path folder = folderOf(target);
        replace(part, target, file -> {
            content.writeTo(file);
            FileTree.sync(file);
        });
        FileTree.sync(folder); // the new name lasts only once its folder is on the disk too
    }

    /**
     * Writes a file for other processes of this machine. It does not wait for the disk: a crash may leave an empty file.
     *
     * @param part its name until it is whole, in the same folder; nobody else may use it meanwhile
     * @param target its name, in an existing folder
     * @param content writes it
     * @throws IOException when the disk is full or fails
     */
    public static void replace(Path part, Path target, Content content) throws IOException {
        NullChecks.require("part", part, "target", target, "content", content);
        try {
            content.writeTo(part);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /**
     * Deletes what processes that were killed left in a folder, named {@code NAME.PROCESS.tmp} by {@link #write(Path,
     * byte[])}.
     *
     * @param folder in which nobody writes meanwhile
     * @throws IOException when the disk fails
     */
    public static void removeParts(Path folder) throws IOException {
        Objects.requireNonNull(folder, "folder");
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (PART_NAME.matcher(file.getFileName().toString()).matches()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static Path folderOf(Path target) {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException(target + " is no file name; give the path of a file");
        }
        return folder;
    }
}
