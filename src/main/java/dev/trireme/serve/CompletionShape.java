package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.TextModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Answers of {@code /v1/completions}. */
final class CompletionShape extends Shape {
    private final boolean echo;
    private final Map<Integer, Integer> offsets = new HashMap<>(); // of each choice's next token

    CompletionShape(TextModel model, String asked, boolean echo, boolean logProbabilities) {
        super(model, asked, logProbabilities, "cmpl-", "text_completion");
        this.echo = echo;
    }

    @Override
    String chunkObject() {
        return "text_completion";
    }

    @Override
    boolean echoes() {
        return echo;
    }

    @Override
    void addText(ObjectNode choice, String text) {
        choice.put("text", text);
    }

    @Override
    void addPiece(ObjectNode choice, String piece, boolean first) {
        choice.put("text", piece);
    }

    @Override
    ObjectNode scores(int index, List<Scored> tokens) {
        ObjectNode lists = JsonNodeFactory.instance.objectNode();
        for (String list : new String[] {"tokens", "token_logprobs", "top_logprobs", "text_offset"}) {
            lists.putArray(list);
        }
        for (Scored token : tokens) {
            String text = tokenText(token.id());
            lists.withArray("tokens").add(text);
            lists.withArray("text_offset").add(offsets.merge(index, text.length(), Integer::sum) - text.length());
            if (Double.isNaN(token.logProbability())) {
                lists.withArray("token_logprobs").addNull();
            } else {
                lists.withArray("token_logprobs").add(token.logProbability());
            }
            if (token.best().isEmpty()) {
                lists.withArray("top_logprobs").addNull();
            } else {
                ObjectNode best = lists.withArray("top_logprobs").addObject();
                // parts of characters have one text: the most probable stays
                token.best()
                        .forEach(ranked ->
                                best.putIfAbsent(tokenText(ranked.id()), DoubleNode.valueOf(ranked.logProbability())));
            }
        }
        return lists;
    }
}
