package dev.trireme.generate;

import dev.trireme.engine.SamplingKernels;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Greedy decoding and sampling: appends one token a step to each sequence. Greedy decoding leaves the logits in the
 * model.
 */
final class SamplingStrategy implements DecodingStrategy {
    private final CachedModel model;
    private final LogitRows logits;
    private final GenerateOptions options;

    SamplingStrategy(CachedModel model, LogitRows logits, GenerateOptions options) {
        this.model = model;
        this.logits = logits;
        this.options = options;
    }

    @Override
    public void decode(List<Sequence> texts, CacheSlots slots, Stopwatch watch) {
        for (int i = 0; i < texts.size(); i++) {
            texts.get(i).moveTo(i);
        }
        CacheSlots.NextTokens next = next();
        watch.prefill(() -> slots.prefill(texts, next));
        List<Sequence> unfinished = new ArrayList<>(texts);
        unfinished.removeIf(Sequence::isDone);
        while (!unfinished.isEmpty()) {
            watch.step(() -> slots.step(unfinished, next));
            unfinished.removeIf(Sequence::isDone);
        }
    }

    private CacheSlots.NextTokens next() {
        Sampling sampling = options.sampling();
        if (sampling.isGreedy() && sampling.repetitionPenalty() == 1 && !options.logProbabilities()) {
            return this::appendArgmax;
        }
        Sampler sampler = new Sampler(sampling, model.vocabulary());
        return (texts, tokens) ->
                logits.read(tokens, (i, row) -> append(texts.get(i), sampler.choose(row, texts.get(i)), row));
    }

    private void appendArgmax(List<Sequence> texts, int[] tokens) {
        int[] ids = model.argmax(tokens);
        for (int i = 0; i < ids.length; i++) {
            texts.get(i).append(ids[i], 0);
        }
    }

    private void append(Sequence text, int id, FloatBuffer row) {
        text.append(id, options.logProbabilities() ? row.get(id) - SamplingKernels.logSumExp(row) : 0);
    }
}
