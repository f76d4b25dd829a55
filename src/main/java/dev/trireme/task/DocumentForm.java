package dev.trireme.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.data.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** How a document of a task is written as a JSON object, and what tokens it becomes. */
interface DocumentForm {
    /**
     * Tokens of a document, or of a piece of one.
     *
     * @param ids the tokens
     * @param learned 1 for each token that is learned, else 0
     * @param bytes of the learned text in UTF-8
     * @param goesOn whether another piece of the same document follows
     */
    @SuppressWarnings("ArrayRecordComponent") // written as they are
    record Encoded(int[] ids, byte[] learned, long bytes, boolean goesOn) {}

    /**
     * Checks a row without encoding it.
     *
     * @throws IllegalArgumentException saying what is wrong with it, and the cure
     */
    void check(JsonNode row);

    /** A row that was checked as it goes into a part: the line that it is, or the lines of its pieces. */
    default List<String> lines(JsonNode row, String line) {
        return List.of(line);
    }

    /** Encodes a row that was checked; {@code end} ends each document. */
    Encoded encode(JsonNode row, Tokenizer tokenizer, int end);

    /** Whether documents ask something and have its answer, as all but plain texts do. */
    default boolean asks() {
        return true;
    }

    /** What the model is to be asked, and what it should answer; nothing for plain texts. */
    default Optional<Question> question(JsonNode row, Tokenizer tokenizer) {
        return Optional.empty();
    }

    /** What the model is asked to see how far it is: as {@link #question}, or of a plain text to go on with its begin. */
    default Optional<Question> sample(JsonNode row, Tokenizer tokenizer) {
        return question(row, tokenizer);
    }

    /** How a person asks the trained model what a row asks it; nothing for plain texts. */
    default Optional<Asked> asked(JsonNode row) {
        return Optional.empty();
    }

    /** The form of a task. */
    static DocumentForm of(TaskConfig config, Optional<ChatTemplate> template) {
        return switch (config.task()) {
            case CHAT ->
                new ChatForm(
                        template.orElseThrow(() -> new IllegalArgumentException(
                                "task chat needs a chat template; start --from a model that has one")),
                        config.learnsAll());
            case INSTRUCT -> new InstructForm(template, config.learnsAll());
            case TEXT -> new TextForm();
            case TRANSLATE -> throw new IllegalArgumentException("pairs of sentences are no documents");
        };
    }

    static long utf8Bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** A text that is there and says something. */
    static String text(JsonNode row, String key) {
        JsonNode value = row.path(key);
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw new IllegalArgumentException("has no text under \"" + key + "\"; fill it in or drop the line");
        }
        return value.textValue();
    }
}
