package dev.trireme.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Objects;

/**
 * All JSON readers and writers of the project, one for each source of text.
 *
 * <pre>
 *   ours, between processes and runs   {@link #READER}, {@link #WRITER}                     {"meanLoss": …}
 *   ours, for other programs           {@link #SNAKE_CASE_READER}, {@link #snakeCaseTree}   {"mean_loss": …}
 *   ours, for people to look into      {@link #SETTINGS_READER}, {@link #SETTINGS_WRITER}
 *   of anyone                          {@link #STRICT}, {@link #STRICT_FILE}, {@link #STRICT_TOKENIZER}
 * </pre>
 *
 * <p>All are immutable and safe for any thread. Only safetensors headers, which have a key for every tensor, are read
 * elsewhere: as a stream, by the checkpoints' own factory.
 */
public final class Json {
    /** Deepest nesting of untrusted files. */
    private static final int MAX_DEPTH = 64;

    /** Longest text in a {@code tokenizer.json}: its whole file is no longer. */
    private static final int MAX_TOKENIZER_BYTES = 64 << 20;

    private static final ObjectMapper PLAIN = new JsonMapper();
    private static final ObjectMapper SNAKE_CASE = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();
    private static final ObjectMapper SETTINGS = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING)
            .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** Reads records by the names of their components, and trees, as {@link #WRITER} wrote them. */
    public static final ObjectReader READER = PLAIN.reader();

    /** Writes records by the names of their components, and trees, on one line. */
    public static final ObjectWriter WRITER = PLAIN.writer();

    /** As {@link #WRITER}, indented. */
    public static final ObjectWriter PRETTY_WRITER = PLAIN.writerWithDefaultPrettyPrinter();

    /** Reads records whose components are named in snake case. */
    public static final ObjectReader SNAKE_CASE_READER = SNAKE_CASE.reader();

    /** Reads settings in snake case: every component is present once and not null, and nothing follows. */
    public static final ObjectReader SETTINGS_READER = SETTINGS.reader();

    /** Writes settings in snake case, indented. */
    public static final ObjectWriter SETTINGS_WRITER = SETTINGS.writer();

    /** Reads untrusted text: keys are unique and nothing follows the value. */
    public static final ObjectReader STRICT =
            strict(StreamReadConstraints.defaults()).build().reader();

    /** As {@link #STRICT}, nested at most 64 deep. */
    public static final ObjectReader STRICT_FILE = strict(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build()
            .reader();

    /** As {@link #STRICT_FILE}, of a million values at most and less deep, so that another object may hold it. */
    public static final ObjectReader STRICT_REQUEST = strict(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH - 4)
                    .maxTokenCount(1 << 20)
                    .build())
            .build()
            .reader();

    /** As {@link #STRICT_FILE}, with texts of up to 64 MiB and numbers that keep all their digits. */
    public static final ObjectReader STRICT_TOKENIZER = strict(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_TOKENIZER_BYTES)
                    .maxNameLength(MAX_TOKENIZER_BYTES)
                    .build())
            // The tokenizer library's own reading of a number depends on its digits.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build()
            .reader();

    private Json() {}

    /**
     * Writes a value as text.
     *
     * @param writer how, one of those above
     * @param value a tree, or records of plain values
     * @return its JSON
     */
    public static String text(ObjectWriter writer, Object value) {
        NullChecks.require("writer", writer, "value", value);
        try {
            return writer.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("plain values could not be written as JSON", e);
        }
    }

    /**
     * Converts a value to a tree with Java's component names.
     *
     * @param value records, lists and plain values
     * @return the tree
     */
    public static JsonNode tree(Object value) {
        Objects.requireNonNull(value, "value");
        return PLAIN.valueToTree(value);
    }

    /**
     * Converts a value to a tree with component names in snake case.
     *
     * @param value records, lists and plain values
     * @return the tree; of a record, an object
     */
    public static JsonNode snakeCaseTree(Object value) {
        Objects.requireNonNull(value, "value");
        return SNAKE_CASE.valueToTree(value);
    }

    private static JsonMapper.Builder strict(StreamReadConstraints constraints) {
        JsonFactory factory =
                JsonFactory.builder().streamReadConstraints(constraints).build();
        return JsonMapper.builder(factory)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }
}
