package dev.trireme.generate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Grows the texts of a request through one cache, in waves of as many as its rows have room for. */
final class Decoder {
    private final CachedModel model;
    private final int[] ends;
    private final LogitRows logits;

    /** @param ends tokens that end a text */
    Decoder(CachedModel model, int[] ends, LogitRows logits) {
        this.model = model;
        this.ends = ends;
        this.logits = logits;
    }

    /** The {@code maxNewTokens} of the prompts count, not that of the options. */
    Completions complete(List<Prompt> prompts, GenerateOptions options, TokenListener listener) {
        Limits.requireFit(prompts, model);
        List<Sequence> texts = new ArrayList<>();
        for (Prompt prompt : prompts) {
            texts.add(new Sequence(texts.size(), prompt, options.sampling().seed(), ends, listener));
        }
        // Texts of like length go together; the longest come first, so that what does not work fails at once.
        List<Sequence> growing = texts.stream()
                .filter(text -> !text.isDone())
                .sorted(Comparator.comparingInt(Sequence::capacity).reversed())
                .toList();
        Timing timing = growing.isEmpty() ? Timing.NONE : grow(growing, options);
        return new Completions(
                texts.stream()
                        .map(text -> text.completion(options.logProbabilities()))
                        .toList(),
                timing);
    }

    private Timing grow(List<Sequence> texts, GenerateOptions options) {
        Growth growth = options.beams() == 1
                ? new TokenByToken(model, logits, options)
                : new BeamSearch(model.vocabulary(), logits, ends.length, options);
        int atOnce = Math.min(CacheRows.MOST / growth.rowsOfOne(), texts.size());
        int rows = atOnce * growth.rowsOfOne();
        int capacity = texts.get(0).capacity();
        Limits.requireMemory(model, rows, capacity);
        Stopwatch watch = new Stopwatch();
        try (CacheRows cache = new CacheRows(model, rows, capacity, options.keyValueCache())) {
            for (int begin = 0; begin < texts.size(); begin += atOnce) {
                growth.grow(texts.subList(begin, Math.min(begin + atOnce, texts.size())), cache, watch);
            }
        }
        return watch.timing();
    }
}
