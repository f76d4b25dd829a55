package dev.trireme.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Json;
import dev.trireme.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;

/** <code>{"text": …}</code>; a long one in pieces, all but the last of which have {@code "goes_on": true}. */
final class TextForm implements DocumentForm {
    static final String TEXT = "text";
    private static final String GOES_ON = "goes_on";

    /** The line of a piece. */
    static String line(String piece, boolean goesOn) {
        var row = JsonNodeFactory.instance.objectNode().put(TEXT, piece);
        return Json.text(Json.WRITER, goesOn ? row.put(GOES_ON, true) : row);
    }

    /** A line of anyone's as a document of its own, on one line: only lines of ours are pieces. */
    static String whole(JsonNode row) {
        return Json.text(Json.WRITER, ((ObjectNode) row).without(GOES_ON));
    }

    /** Whether a line says that it is a piece. */
    static boolean isPiece(JsonNode row) {
        return row.has(GOES_ON);
    }

    @Override
    public void check(JsonNode row) {
        if (!row.path(TEXT).isTextual() || row.path(TEXT).textValue().isEmpty()) {
            DocumentForm.text(row, TEXT);
        }
    }

    @Override
    public Encoded encode(JsonNode row, Tokenizer tokenizer, int end) {
        String text = row.path(TEXT).textValue();
        boolean goesOn = row.path(GOES_ON).asBoolean();
        int[] ids = tokenizer.encode(text);
        if (!goesOn) {
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = end;
        }
        byte[] learned = new byte[ids.length];
        Arrays.fill(learned, (byte) 1);
        return new Encoded(ids, learned, DocumentForm.utf8Bytes(text), goesOn);
    }

    @Override
    public Optional<Question> question(JsonNode row, Tokenizer tokenizer) {
        return Optional.empty();
    }
}
