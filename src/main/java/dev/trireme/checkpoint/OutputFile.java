package dev.trireme.checkpoint;

import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Whether a result can go where its user wants it: asked before the work that it is the result of. */
public final class OutputFile {
    private OutputFile() {}

    /**
     * Refuses a place where a file cannot be made, or where making one would replace something else.
     *
     * @param file the result's name; a file of that name will be replaced
     * @throws IllegalArgumentException when that is a folder, a device or a pipe, or the folder around it is missing
     * @throws CheckpointException when nothing can be written there
     */
    public static void require(Path file) {
        Path folder = file.toAbsolutePath().resolveSibling("");
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(
                    "out is " + file + ", but there is no folder " + folder + "; make it, or name another file");
        }
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file)) {
            throw new IllegalArgumentException("out is " + file + ", which is "
                    + (Files.isDirectory(file) ? "a folder" : "no regular file") + "; name a file");
        }
        if (!Files.isWritable(folder)) {
            throw new CheckpointException(file, new AccessDeniedException(folder.toString()));
        }
    }
}
