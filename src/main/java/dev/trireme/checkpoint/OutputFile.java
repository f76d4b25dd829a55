package dev.trireme.checkpoint;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;

/** Checks before the work that its result can be written. */
public final class OutputFile {
    private OutputFile() {}

    /**
     * Refuses a path where a file cannot be created, or where it would replace something other than a file: results are
     * written to a temporary name and renamed, which would replace a device or a pipe.
     *
     * @param file the result's name; a file of that name will be replaced
     * @return the same
     * @throws CheckpointException when that is a folder, a device or a pipe, the folder around it is missing, or nothing
     *     can be written there
     */
    public static Path require(Path file) {
        Objects.requireNonNull(file, "file");
        Path folder = file.toAbsolutePath().normalize().getParent();
        if (folder == null || Files.isDirectory(file)) {
            throw new CheckpointException(file, "is a folder; give the name of a file in it");
        }
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException(
                    file, "cannot be written: there is no folder " + folder + "; make it or name another");
        }
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file)) {
            throw new CheckpointException(
                    file, "is a device, a pipe or a broken link, which would be replaced; give the name of a file");
        }
        if (!Files.isWritable(folder) || (Files.exists(file) && !Files.isWritable(file))) {
            throw new CheckpointException(
                    file, "cannot be written: access is denied; change the permissions or name another place");
        }
        return file;
    }
}
