package dev.trireme.generate;

import dev.trireme.engine.TokenWeights;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Grows each text along several beams, of which the best is kept; see {@link Beams}. */
final class BeamSearch implements Growth {
    private final LogitRows logits;
    private final int width;
    private final double lengthPenalty;
    private final int candidates; // of one text and step
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
    public void grow(List<Sequence> texts, CacheRows rows, Stopwatch watch) {
        List<Beams> groups = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            groups.add(new Beams(texts.get(i), i * width, width, lengthPenalty));
        }
        CacheRows.Head head = (living, tokens) ->
                logits.read(tokens, (i, row) -> offer(groups, living.get(i).row(), row));
        Supplier<List<Sequence>> living =
                () -> groups.stream().flatMap(beams -> beams.living().stream()).toList();
        watch.prefill(() -> {
            rows.prefill(living.get(), head);
            advance(groups, rows);
        });
        for (List<Sequence> growing = living.get(); !growing.isEmpty(); growing = living.get()) {
            List<Sequence> step = growing;
            watch.step(() -> {
                rows.step(step, head);
                advance(groups, rows);
            });
        }
    }

    private void offer(List<Beams> groups, int beam, FloatBuffer logitsOfRow) {
        double logSum = TokenWeights.logSum(logitsOfRow);
        float least = TokenWeights.kthLargest(logitsOfRow, candidates, scratch);
        for (int id = 0; id < vocabulary; id++) {
            float logit = logitsOfRow.get(id);
            if (logit >= least) {
                groups.get(beam / width).offer(beam, id, logit - logSum);
            }
        }
    }

    private void advance(List<Beams> groups, CacheRows rows) {
        int[] unmoved = IntStream.range(0, rows.rows()).toArray();
        int[] parents = unmoved.clone();
        for (Beams beams : groups) {
            if (!beams.living().isEmpty()) {
                beams.advance(candidates, parents);
            }
        }
        if (!Arrays.equals(parents, unmoved)) {
            rows.reorder(parents);
        }
    }
}
