package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.Completion;
import dev.trireme.generate.TextRun;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers of {@code /v1/chat/completions}. */
final class ChatShape extends Shape {
    private final boolean logProbabilities;

    ChatShape(ServedModel model, String asked, boolean logProbabilities) {
        super(model, asked, "chatcmpl-", "chat.completion");
        this.logProbabilities = logProbabilities;
    }

    @Override
    String chunkObject() {
        return "chat.completion.chunk";
    }

    @Override
    void addChoice(ObjectNode choice, TextRun run, int number) {
        choice.putObject("message")
                .put("role", "assistant")
                .put("content", run.text(number))
                .putNull("refusal");
        if (!logProbabilities) {
            choice.putNull("logprobs");
            return;
        }
        ObjectNode probabilities = choice.putObject("logprobs").putNull("refusal");
        probabilities.putArray("content");
        Completion completion = run.answer().choices().get(number);
        for (int i = 0; i < completion.ids().length; i++) {
            ObjectNode token = probabilities.withArray("content").addObject();
            add(token, completion.ids()[i], completion.logProbabilities()[i]);
            token.putArray("top_logprobs");
            List<Completion.Ranked> best =
                    completion.best().isEmpty() ? List.of() : completion.best().get(i);
            for (Completion.Ranked ranked : best) {
                add(token.withArray("top_logprobs").addObject(), ranked.id(), ranked.logProbability());
            }
        }
    }

    private void add(ObjectNode token, int id, double logProbability) {
        String text = model().tokenizer().decodeWithSpecialTokens(new int[] {id});
        token.put("token", text).put("logprob", logProbability).putArray("bytes");
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            token.withArray("bytes").add(one & 0xff);
        }
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
}
