package dev.trireme.checkpoint;

import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file or folder could not be written. The earlier one is unchanged. The message names the file and the free space.
 */
public final class CheckpointException extends IllegalStateException implements CodedFailure {
    private static final long serialVersionUID = 1;

    /**
     * A failed write.
     *
     * @param target what was being written
     * @param cause what the operating system reported
     */
    public CheckpointException(Path target, Exception cause) {
        super(
                target + ": cannot be written (" + cause + "), " + freeSpace(target)
                        + "; free space or choose another place",
                cause);
    }

    /**
     * A path that cannot be written, found before any work.
     *
     * @param target file or folder that was to be written
     * @param problemAndCure the reason and the cure
     */
    public CheckpointException(Path target, String problemAndCure) {
        super(target + ": " + problemAndCure);
    }

    @Override
    public ExitCode exitCode() {
        return ExitCode.CHECKPOINT;
    }

    private static String freeSpace(Path target) {
        Path folder = target.toAbsolutePath().resolveSibling("");
        try {
            return Files.getFileStore(folder).getUsableSpace() / 1_000_000 + " MB free in " + folder;
        } catch (IOException e) {
            return "free space of " + folder + " unknown";
        }
    }
}
