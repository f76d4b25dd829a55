package dev.trireme.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.trireme.config.Json;
import dev.trireme.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** <code>{"text": …}</code>; a long one in pieces, all but the last of which have {@code "goes_on": true}. */
final class TextForm implements DocumentForm {
    static final String TEXT = "text";
    private static final String GOES_ON = "goes_on";
    private static final int SAMPLED_TOKENS = 24; // that are given, and of the reference
    private static final int SAMPLED_CHARACTERS = 1000;

    /** The line of a piece. */
    static String line(String piece, boolean goesOn) {
        var row = JsonNodeFactory.instance.objectNode().put(TEXT, piece);
        return Json.text(Json.WRITER, goesOn ? row.put(GOES_ON, true) : row);
    }

    /** Only lines of ours are pieces. */
    @Override
    public List<String> lines(JsonNode row, String line) {
        List<String> pieces = TextPieces.of(row.path(TEXT).textValue());
        if (pieces.size() == 1 && !row.has(GOES_ON)) {
            return List.of(line);
        }
        int last = pieces.size() - 1;
        return IntStream.rangeClosed(0, last)
                .mapToObj(piece -> line(pieces.get(piece), piece < last))
                .toList();
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
        int[] ids = TextPieces.encode(text, tokenizer);
        if (!goesOn) {
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = end;
        }
        byte[] learned = new byte[ids.length];
        Arrays.fill(learned, (byte) 1);
        return new Encoded(ids, learned, DocumentForm.utf8Bytes(text), goesOn);
    }

    @Override
    public boolean asks() {
        return false;
    }

    @Override
    public Optional<Question> sample(JsonNode row, Tokenizer tokenizer) {
        String text = row.path(TEXT).textValue();
        int end = Math.min(text.length(), SAMPLED_CHARACTERS);
        end -= end > 1 && Character.isHighSurrogate(text.charAt(end - 1)) ? 1 : 0;
        int[] ids = tokenizer.encode(text.substring(0, end));
        int given = Math.min(SAMPLED_TOKENS, ids.length / 2);
        if (given == 0) {
            return Optional.empty();
        }
        int[] prompt = Arrays.copyOf(ids, given);
        int[] rest = Arrays.copyOfRange(ids, given, Math.min(ids.length, given + SAMPLED_TOKENS));
        return Optional.of(new Question(tokenizer.decode(prompt), prompt, tokenizer.decode(rest)));
    }
}
