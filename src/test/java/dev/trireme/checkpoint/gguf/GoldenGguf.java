package dev.trireme.checkpoint.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Files of {@code golden/gguf}, made by its script. */
final class GoldenGguf {
    private static final Path FOLDER = Path.of("src/test/resources/golden/gguf");

    private GoldenGguf() {}

    static Path file(String name) {
        return FOLDER.resolve(name);
    }

    static JsonNode json(String name) {
        return json(file(name));
    }

    static JsonNode json(Path file) {
        try {
            return new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
