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
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * A JSON object in a small file, read strictly; every question about it is answered or refused with file and key. A key
 * that is null counts as absent.
 */
final class JsonFile {
    private static final int LARGEST_FILE = 1_000_000;
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(64).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    /** The keys that lead from the file's object to this one, each followed by a dot. */
    private final String path;

    private final JsonNode object;

    private JsonFile(Path file, String path, JsonNode object) {
        this.file = file;
        this.path = path;
        this.object = object;
    }

    static JsonFile read(Path file) {
        if (Files.isDirectory(file)) {
            throw new BadInputException(file + ": is a folder, not a file; name the JSON file itself");
        }
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
            return new JsonFile(file, "", root);
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    file + ":" + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()) + ": "
                            + e.getOriginalMessage() + "; write it as strict JSON",
                    e);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); check the file", e);
        }
    }

    boolean has(String key) {
        return object.hasNonNull(key);
    }

    int integer(String key) {
        return integer(key, object.path(key));
    }

    int integer(String key, int otherwise) {
        return has(key) ? integer(key) : otherwise;
    }

    /** One integer, a list of them, or nothing. */
    List<Integer> integers(String key) {
        JsonNode value = object.path(key);
        if (!has(key)) {
            return List.of();
        }
        return value.isArray()
                ? StreamSupport.stream(value.spliterator(), false)
                        .map(element -> integer(key, element))
                        .toList()
                : List.of(integer(key));
    }

    private int integer(String key, JsonNode value) {
        if (!value.isInt()) {
            throw refused(key, "an integer below 2^31");
        }
        return value.intValue();
    }

    double number(String key) {
        if (!object.path(key).isNumber()) {
            throw refused(key, "a number");
        }
        return object.path(key).doubleValue();
    }

    double number(String key, double otherwise) {
        return has(key) ? number(key) : otherwise;
    }

    boolean flag(String key, boolean otherwise) {
        if (has(key) && !object.path(key).isBoolean()) {
            throw refused(key, "true or false");
        }
        return has(key) ? object.path(key).booleanValue() : otherwise;
    }

    /** One of the texts that Trireme implements. */
    String text(String key, String otherwise, String... implemented) {
        String text = has(key) ? object.path(key).asText() : otherwise;
        if (!List.of(implemented).contains(text)) {
            throw refused(key, String.join(" or ", implemented));
        }
        return text;
    }

    Optional<JsonFile> object(String key) {
        if (has(key) && !object.path(key).isObject()) {
            throw refused(key, "an object");
        }
        return has(key) ? Optional.of(new JsonFile(file, path + key + ".", object.path(key))) : Optional.empty();
    }

    void refuseUnless(String key, boolean implemented) {
        JsonNode value = object.path(key);
        if (has(key) && !(value.isBoolean() && value.booleanValue() == implemented)) {
            throw refused(key, "" + implemented);
        }
    }

    void refuseUnless(String key, int implemented) {
        if (number(key, implemented) != implemented) {
            throw refused(key, "" + implemented);
        }
    }

    void refusePresent(String key) {
        if (has(key)) {
            throw refused(key, "a model without it");
        }
    }

    BadInputException refused(String key, String implemented) {
        JsonNode value = object.path(key);
        String shown = value.isMissingNode() ? "missing" : abbreviated(value.toString());
        return new BadInputException(file + ": " + path + key + " is " + shown + "; Trireme needs " + implemented);
    }

    private static String abbreviated(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
