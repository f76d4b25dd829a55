package dev.trireme.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * A JSON object of a small file, read strictly. Every getter returns a valid value or throws with file and key. A key
 * that is null counts as absent.
 */
public final class JsonFile {
    private static final int LARGEST_FILE = 1_000_000;

    private final Path file;
    /** The keys that lead from the file's object to this one, each followed by a dot. */
    private final String path;

    private final JsonNode object;

    private JsonFile(Path file, String path, JsonNode object) {
        this.file = file;
        this.path = path;
        this.object = object;
    }

    /**
     * Reads an untrusted file.
     *
     * @param file at most 1 MB of strict JSON
     * @return its object
     * @throws BadInputException when it is not there, or is not strict JSON
     */
    public static JsonFile read(Path file) {
        Objects.requireNonNull(file, "file");
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
            JsonNode root = Json.STRICT_FILE.readTree(bytes);
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

    /**
     * Whether a key is there and not null.
     *
     * @param key its name
     * @return true if so
     */
    public boolean has(String key) {
        Objects.requireNonNull(key, "key");
        return object.hasNonNull(key);
    }

    /**
     * The keys whose values say something: neither null nor false, nor an empty text, list or object.
     *
     * @return their names in the order of the file
     */
    public List<String> telling() {
        return object.properties().stream()
                .filter(entry -> !isEmpty(entry.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static boolean isEmpty(JsonNode value) {
        boolean none = value.isNull() || (value.isBoolean() && !value.booleanValue());
        return none || (value.isTextual() ? value.textValue().isEmpty() : value.isContainerNode() && value.isEmpty());
    }

    /**
     * A number that must be there.
     *
     * @param key its name
     * @return an integer
     * @throws BadInputException when it is missing or no integer below 2<sup>31</sup>
     */
    public int integer(String key) {
        Objects.requireNonNull(key, "key");
        return integer(key, object.path(key));
    }

    /**
     * A number that may be missing.
     *
     * @param key its name
     * @param otherwise default value
     * @return an integer
     * @throws BadInputException when it is no integer below 2<sup>31</sup>
     */
    public int integer(String key, int otherwise) {
        Objects.requireNonNull(key, "key");
        return has(key) ? integer(key) : otherwise;
    }

    /**
     * One integer, a list of them, or nothing.
     *
     * @param key its name
     * @return all in order; none if it is not there
     * @throws BadInputException when one is no integer below 2<sup>31</sup>
     */
    public List<Integer> integers(String key) {
        Objects.requireNonNull(key, "key");
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

    /**
     * Whether a key is present with the value null, for keys where null differs from missing.
     *
     * @param key its name
     * @return true if so
     */
    public boolean hasNull(String key) {
        Objects.requireNonNull(key, "key");
        return object.path(key).isNull();
    }

    /**
     * A list of texts, or nothing.
     *
     * @param key its name
     * @return all in order; none if it is not there
     * @throws BadInputException when it is no list of texts
     */
    public List<String> texts(String key) {
        Objects.requireNonNull(key, "key");
        JsonNode value = object.path(key);
        if (!has(key)) {
            return List.of();
        }
        List<JsonNode> elements =
                StreamSupport.stream(value.spliterator(), false).toList();
        if (!value.isArray() || !elements.stream().allMatch(JsonNode::isTextual)) {
            throw refused(key, "a list of texts");
        }
        return elements.stream().map(JsonNode::textValue).toList();
    }

    private int integer(String key, JsonNode value) {
        if (!value.isInt()) {
            throw refused(key, "an integer below 2^31");
        }
        return value.intValue();
    }

    /**
     * A number that must be there.
     *
     * @param key its name
     * @return any number
     * @throws BadInputException when it is missing or no number
     */
    public double number(String key) {
        Objects.requireNonNull(key, "key");
        if (!object.path(key).isNumber()) {
            throw refused(key, "a number");
        }
        return object.path(key).doubleValue();
    }

    /**
     * A number that may be missing.
     *
     * @param key its name
     * @param otherwise default value
     * @return any number
     * @throws BadInputException when it is no number
     */
    public double number(String key, double otherwise) {
        Objects.requireNonNull(key, "key");
        return has(key) ? number(key) : otherwise;
    }

    /**
     * A truth value that may be missing.
     *
     * @param key its name
     * @param otherwise default value
     * @return true or false
     * @throws BadInputException when it is neither
     */
    public boolean flag(String key, boolean otherwise) {
        Objects.requireNonNull(key, "key");
        if (has(key) && !object.path(key).isBoolean()) {
            throw refused(key, "true or false");
        }
        return has(key) ? object.path(key).booleanValue() : otherwise;
    }

    /**
     * Reads a text that must be one of those that Trireme implements.
     *
     * @param key its name
     * @param otherwise default value
     * @param implemented the allowed values
     * @return one of them
     * @throws BadInputException when it is another
     */
    public String text(String key, String otherwise, String... implemented) {
        String text = has(key) ? object.path(key).asText() : otherwise;
        if (!List.of(implemented).contains(text)) {
            throw refused(key, String.join(" or ", implemented));
        }
        return text;
    }

    /**
     * Whether the value of a key is a text.
     *
     * @param key its name
     * @return false also when it is not there
     */
    public boolean isText(String key) {
        Objects.requireNonNull(key, "key");
        return object.path(key).isTextual();
    }

    /**
     * Any text, for what is only shown.
     *
     * @param key its name
     * @return its value; empty if it is no text
     */
    public String anyText(String key) {
        Objects.requireNonNull(key, "key");
        return object.path(key).asText("");
    }

    /**
     * An object in this one.
     *
     * @param key its name
     * @return the object; empty if it is not there
     * @throws BadInputException when it is no object
     */
    public Optional<JsonFile> object(String key) {
        Objects.requireNonNull(key, "key");
        if (has(key) && !object.path(key).isObject()) {
            throw refused(key, "an object");
        }
        return has(key) ? Optional.of(new JsonFile(file, path + key + ".", object.path(key))) : Optional.empty();
    }

    /**
     * Refuses a truth value that Trireme does not implement.
     *
     * @param key its name
     * @param implemented the only value that is
     * @throws BadInputException when it is there and another
     */
    public void refuseUnless(String key, boolean implemented) {
        Objects.requireNonNull(key, "key");
        JsonNode value = object.path(key);
        if (has(key) && !(value.isBoolean() && value.booleanValue() == implemented)) {
            throw refused(key, "" + implemented);
        }
    }

    /**
     * Refuses a number that Trireme does not implement.
     *
     * @param key its name
     * @param implemented the only value that is
     * @throws BadInputException when it is there and another
     */
    public void refuseUnless(String key, int implemented) {
        Objects.requireNonNull(key, "key");
        if (number(key, implemented) != implemented) {
            throw refused(key, "" + implemented);
        }
    }

    /**
     * Refuses a key that Trireme does not implement.
     *
     * @param key its name
     * @throws BadInputException when it is there
     */
    public void refusePresent(String key) {
        Objects.requireNonNull(key, "key");
        if (has(key)) {
            throw refused(key, "a model without it");
        }
    }

    /**
     * Makes the exception for a value that Trireme does not implement.
     *
     * @param key its name
     * @param implemented the allowed values
     * @return to be thrown: file, key, value and cure
     */
    public BadInputException refused(String key, String implemented) {
        NullChecks.require("key", key, "implemented", implemented);
        JsonNode value = object.path(key);
        String shown = value.isMissingNode() ? "missing" : abbreviated(value.toString());
        return new BadInputException(file + ": " + path + key + " is " + shown + "; Trireme needs " + implemented);
    }

    private static String abbreviated(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
