package dev.trireme.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a checkpoint says of itself: the content of its {@code checkpoint.json}. It holds no state of a random generator and
 * no part of a rank, since all randomness is counted from the seed and the step.
 *
 * @param format 1
 * @param progress how far the run had come
 * @param updates how many steps had changed the weights; skipped ones had not
 * @param config settings of the run that wrote it, the layout among them
 * @param data hash of the run's data and tokenizer
 * @param arithmetic instruction set and BLAS kernels, on which the last bits depend
 * @param threads of each stage
 * @param written when, as ISO 8601 in UTC
 */
public record Checkpoint(
        int format,
        Progress progress,
        long updates,
        RunConfig config,
        String data,
        String arithmetic,
        int threads,
        String written) {
    static final int FORMAT = 1;
    static final String FILE = "checkpoint.json";

    /** Checks that no component is null. */
    public Checkpoint {
        NullChecks.require("progress", progress, "config", config, "data", data);
        NullChecks.require("arithmetic", arithmetic, "written", written);
    }

    static Checkpoint read(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            String text = EarlierRuns.completed(Files.readString(file), "/config");
            Checkpoint checkpoint = Json.SETTINGS_READER.readValue(text, Checkpoint.class);
            if (checkpoint == null || checkpoint.format != FORMAT) {
                throw new BadInputException(file + ": is not of format " + FORMAT + "; use the version that wrote it");
            }
            return checkpoint;
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    file + ": " + e.getOriginalMessage() + "; use a checkpoint that this version wrote", e);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); name the folder of a checkpoint", e);
        }
    }

    String toJson() {
        return Json.text(Json.SETTINGS_WRITER, this) + "\n";
    }
}
