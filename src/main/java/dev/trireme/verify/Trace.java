package dev.trireme.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.trireme.config.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a layout left behind, beside its weights.
 *
 * @param parameters names, in an order of its own
 * @param hashes for each step, of each parameter's bytes after it
 * @param losses of each step
 * @param tokensPerSecond of the median step
 */
record Trace(List<String> parameters, List<List<String>> hashes, List<Double> losses, double tokensPerSecond) {
    Trace {
        parameters = List.copyOf(parameters);
        hashes = hashes.stream().map(List::copyOf).toList();
        losses = List.copyOf(losses);
    }

    String hash(int step, String parameter) {
        return hashes.get(step).get(parameters.indexOf(parameter));
    }

    void write(Path file) {
        try {
            Files.writeString(file, Json.text(Json.WRITER, this));
        } catch (IOException e) {
            throw new UncheckedIOException("the trace of a layout cannot be written", e);
        }
    }

    static Trace read(Path file) {
        try {
            return Json.READER.readValue(Files.readString(file), Trace.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(file + " is not the trace that rank 0 wrote", e);
        } catch (IOException e) {
            throw new UncheckedIOException("the trace of a layout cannot be read", e);
        }
    }
}
