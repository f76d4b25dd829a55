package dev.trireme.cli;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.checkpoint.OutputFile;
import dev.trireme.config.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Writes a command's result: the whole text, or the file that was there is as it was. */
final class ResultFile {
    private ResultFile() {}

    /** @throws CheckpointException when it cannot be written */
    static void write(Path file, String text) {
        OutputFile.require(file);
        try {
            AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new CheckpointException(file, e);
        }
    }
}
