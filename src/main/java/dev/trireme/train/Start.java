package dev.trireme.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.AtomicFile;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the ranks of a run begin: the content of its {@code start.json}, which a run that begins anew does not have.
 *
 * @param step of a checkpoint, 0 for the first weights
 * @param cause why the run had ended before
 */
record Start(long step, String cause) {
    static final String FILE = "start.json";

    Start {
        Objects.requireNonNull(cause, "cause");
    }

    static Optional<Start> read(Path run) {
        Path file = run.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.SETTINGS_READER.readValue(Files.readString(file), Start.class));
        } catch (JsonProcessingException e) {
            throw new BadInputException(file + ": " + e.getOriginalMessage() + "; resume the run again", e);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); resume the run again", e);
        }
    }

    void write(Path run) {
        try {
            AtomicFile.write(
                    run.resolve(FILE), Json.text(Json.SETTINGS_WRITER, this).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new CheckpointException(run, e);
        }
    }
}
