package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.Completion;
import dev.trireme.generate.TextRun;
import java.util.stream.IntStream;

/** Answers of {@code /v1/completions}. */
final class CompletionShape extends Shape {
    private final boolean echo;
    private final boolean logProbabilities;

    CompletionShape(ServedModel model, String asked, boolean echo, boolean logProbabilities) {
        super(model, asked, "cmpl-", "text_completion");
        this.echo = echo;
        this.logProbabilities = logProbabilities;
    }

    @Override
    String chunkObject() {
        return "text_completion";
    }

    @Override
    void addChoice(ObjectNode choice, TextRun run, int number) {
        int[] prompt = run.request().prompt();
        choice.put("text", (echo ? model().tokenizer().decode(prompt) : "") + run.text(number));
        if (!logProbabilities) {
            choice.putNull("logprobs");
            return;
        }
        Completion completion = run.answer().choices().get(number);
        ObjectNode tokens = choice.putObject("logprobs");
        for (String list : new String[] {"tokens", "token_logprobs", "top_logprobs", "text_offset"}) {
            tokens.putArray(list);
        }
        int offset = 0;
        if (echo) {
            double[] probabilities = run.answer().promptLogProbabilities();
            for (int i = 0; i < prompt.length; i++) {
                offset = add(tokens, prompt[i], offset);
                if (i == 0) {
                    tokens.withArray("token_logprobs").addNull();
                } else {
                    tokens.withArray("token_logprobs").add(probabilities[i - 1]);
                }
                tokens.withArray("top_logprobs").addNull();
            }
        }
        for (int i : IntStream.range(0, completion.ids().length).toArray()) {
            offset = add(tokens, completion.ids()[i], offset);
            tokens.withArray("token_logprobs").add(completion.logProbabilities()[i]);
            if (completion.best().isEmpty()) {
                tokens.withArray("top_logprobs").addNull();
            } else {
                ObjectNode best = tokens.withArray("top_logprobs").addObject();
                completion.best().get(i).forEach(ranked -> best.put(text(ranked.id()), ranked.logProbability()));
            }
        }
    }

    private int add(ObjectNode tokens, int id, int offset) {
        String text = text(id);
        tokens.withArray("tokens").add(text);
        tokens.withArray("text_offset").add(offset);
        return offset + text.length();
    }

    private String text(int id) {
        return model().tokenizer().decodeWithSpecialTokens(new int[] {id});
    }

    @Override
    void addPiece(ObjectNode choice, String piece, boolean first) {
        choice.put("text", piece);
    }
}
