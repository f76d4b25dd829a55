package dev.trireme.generate;

import dev.trireme.engine.TokenWeights;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Grows each text by one token a step, the likeliest or a drawn one. Logits stay in the model unless they are needed. */
final class TokenByToken implements Growth {
    private final CachedModel model;
    private final LogitRows logits;
    private final GenerateOptions options;

    TokenByToken(CachedModel model, LogitRows logits, GenerateOptions options) {
        this.model = model;
        this.logits = logits;
        this.options = options;
    }

    @Override
    public void grow(List<Sequence> texts, CacheRows rows, Stopwatch watch) {
        for (int i = 0; i < texts.size(); i++) {
            texts.get(i).moveTo(i);
        }
        CacheRows.Head head = head();
        watch.prefill(() -> rows.prefill(texts, head));
        List<Sequence> growing = new ArrayList<>(texts);
        growing.removeIf(Sequence::isDone);
        while (!growing.isEmpty()) {
            watch.step(() -> rows.step(growing, head));
            growing.removeIf(Sequence::isDone);
        }
    }

    private CacheRows.Head head() {
        Sampling sampling = options.sampling();
        if (sampling.isGreedy() && sampling.repetitionPenalty() == 1 && !options.logProbabilities()) {
            return this::appendLikeliest;
        }
        Sampler sampler = new Sampler(sampling, model.vocabulary());
        return (texts, tokens) ->
                logits.read(tokens, (i, row) -> append(texts.get(i), sampler.choose(row, texts.get(i)), row));
    }

    private void appendLikeliest(List<Sequence> texts, int[] tokens) {
        int[] ids = model.likeliest(tokens);
        for (int i = 0; i < ids.length; i++) {
            texts.get(i).append(ids[i], 0);
        }
    }

    private void append(Sequence text, int id, FloatBuffer row) {
        text.append(id, options.logProbabilities() ? row.get(id) - TokenWeights.logSum(row) : 0);
    }
}
