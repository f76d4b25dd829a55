package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.Completion;
import dev.trireme.generate.TextModel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers of {@code /v1/chat/completions}. */
final class ChatShape extends Shape {
    private static final char PART_OF_A_CHARACTER = '\uFFFD';

    ChatShape(TextModel model, String asked, boolean logProbabilities) {
        super(model, asked, logProbabilities, "chatcmpl-", "chat.completion");
    }

    @Override
    String chunkObject() {
        return "chat.completion.chunk";
    }

    @Override
    void addText(ObjectNode choice, String text) {
        choice.putObject("message")
                .put("role", "assistant")
                .put("content", text)
                .putNull("refusal");
    }

    @Override
    void addPiece(ObjectNode choice, String piece, boolean first) {
        ObjectNode delta = choice.putObject("delta");
        if (first) {
            delta.put("role", "assistant");
        }
        if (first || !piece.isEmpty()) {
            delta.put("content", piece);
        }
    }

    @Override
    ObjectNode scores(int index, List<Scored> tokens) {
        ObjectNode scores = JsonNodeFactory.instance.objectNode().putNull("refusal");
        scores.putArray("content");
        for (Scored scored : tokens) {
            ObjectNode token = scores.withArray("content").addObject();
            add(token, scored.id(), scored.logProbability());
            token.putArray("top_logprobs");
            for (Completion.Ranked ranked : scored.best()) {
                add(token.withArray("top_logprobs").addObject(), ranked.id(), ranked.logProbability());
            }
        }
        return scores;
    }

    private void add(ObjectNode token, int id, double logProbability) {
        String text = tokenText(id);
        token.put("token", text).put("logprob", logProbability);
        if (text.indexOf(PART_OF_A_CHARACTER) >= 0) {
            token.putNull("bytes"); // which is the interface's word for a token that is no text of its own
            return;
        }
        token.putArray("bytes");
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            token.withArray("bytes").add(one & 0xff);
        }
    }
}
