package dev.trireme.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A JSON object read strictly from a small file; every question about it is answered or refused with file and key. */
final class JsonFile {
    private static final int LARGEST_FILE = 1_000_000;
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(64).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final JsonNode root;

    private JsonFile(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    static JsonFile read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new BadInputException(file + ": there is no such file; name an existing JSON file");
        }
        try (InputStream input = Files.newInputStream(file)) {
            byte[] bytes = input.readNBytes(LARGEST_FILE + 1);
            if (bytes.length > LARGEST_FILE) {
                throw new BadInputException(file + ": is larger than " + LARGEST_FILE + " bytes; use a plain config");
            }
            JsonNode root = MAPPER.readTree(bytes);
            if (!root.isObject()) {
                throw new BadInputException(file + ":1: is not a JSON object; start it with {");
            }
            return new JsonFile(file, root);
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    file + ":" + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()) + ": "
                            + e.getOriginalMessage() + "; write it as strict JSON",
                    e);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); check the file", e);
        }
    }

    int integer(String key) {
        JsonNode value = root.path(key);
        if (!value.isInt()) {
            throw refused(key, "an integer below 2^31");
        }
        return value.intValue();
    }

    int integer(String key, int otherwise) {
        return isAbsent(key) ? otherwise : integer(key);
    }

    double number(String key, double otherwise) {
        if (isAbsent(key)) {
            return otherwise;
        }
        if (!root.path(key).isNumber()) {
            throw refused(key, "a number");
        }
        return root.path(key).doubleValue();
    }

    void refuseUnless(String key, boolean implemented) {
        JsonNode value = root.path(key);
        if (!isAbsent(key) && !(value.isBoolean() && value.booleanValue() == implemented)) {
            throw refused(key, "" + implemented);
        }
    }

    void refuseUnless(String key, String otherwise, String... implemented) {
        JsonNode value = root.path(key);
        String text = isAbsent(key) ? otherwise : value.asText();
        if (!List.of(implemented).contains(text)) {
            throw refused(key, String.join(" or ", implemented));
        }
    }

    void refusePresent(String key) {
        if (!isAbsent(key)) {
            throw refused(key, "a model without it");
        }
    }

    private boolean isAbsent(String key) {
        return root.path(key).isMissingNode() || root.path(key).isNull();
    }

    private BadInputException refused(String key, String implemented) {
        JsonNode value = root.path(key);
        String shown = value.isMissingNode() ? "missing" : abbreviated(value.toString());
        return new BadInputException(file + ": " + key + " is " + shown + "; Trireme needs " + implemented);
    }

    private static String abbreviated(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
