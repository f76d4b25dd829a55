package dev.trireme.generate;

import dev.trireme.engine.SamplingKernels;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Beam search: decodes each prompt along several beams and keeps the best; see {@link Beams}. */
final class BeamSearch implements DecodingStrategy {
    private final LogitRows logits;
    private final int width;
    private final double lengthPenalty;
    private final int candidates; // of one prompt and step
    private final int vocabulary;
    private final FloatBuffer scratch;

    BeamSearch(int vocabulary, LogitRows logits, int ends, GenerateOptions options) {
        this.logits = logits;
        this.width = options.beams();
        this.lengthPenalty = options.lengthPenalty();
        this.candidates = Math.max(2, ends + 1) * width;
        this.vocabulary = vocabulary;
        this.scratch = Sampler.floats(vocabulary);
    }

    @Override
    public void decode(List<Sequence> texts, CacheSlots slots, Stopwatch watch) {
        List<Beams> groups = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            groups.add(new Beams(texts.get(i), i * width, width, lengthPenalty));
        }
        CacheSlots.NextTokens next = (living, tokens) ->
                logits.read(tokens, (i, row) -> offer(groups, living.get(i).slot(), row));
        Supplier<List<Sequence>> living =
                () -> groups.stream().flatMap(beams -> beams.living().stream()).toList();
        watch.prefill(() -> {
            slots.prefill(living.get(), next);
            advance(groups, slots);
        });
        for (List<Sequence> unfinished = living.get(); !unfinished.isEmpty(); unfinished = living.get()) {
            List<Sequence> step = unfinished;
            watch.step(() -> {
                slots.step(step, next);
                advance(groups, slots);
            });
        }
    }

    private void offer(List<Beams> groups, int beam, FloatBuffer logitsOfRow) {
        double logSumExp = SamplingKernels.logSumExp(logitsOfRow);
        float least = SamplingKernels.kthLargest(logitsOfRow, candidates, scratch);
        for (int id = 0; id < vocabulary; id++) {
            float logit = logitsOfRow.get(id);
            if (logit >= least) {
                groups.get(beam / width).offer(beam, id, logit - logSumExp);
            }
        }
    }

    private void advance(List<Beams> groups, CacheSlots slots) {
        int[] unmoved = IntStream.range(0, slots.count()).toArray();
        int[] parents = unmoved.clone();
        for (Beams beams : groups) {
            if (!beams.living().isEmpty()) {
                beams.advance(candidates, parents);
            }
        }
        if (!Arrays.equals(parents, unmoved)) {
            slots.reorder(parents);
        }
    }
}
