package dev.trireme.cost;

import dev.trireme.engine.CacheType;
import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Device;
import dev.trireme.engine.KeyValueCache;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Part;
import dev.trireme.engine.Stage;
import dev.trireme.engine.TokenRows;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.StageCosts;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Times decoding steps on four stages: the embedding, one attention, one MLP, and the head.
 *
 * <pre>
 *   a prompt for each slot, then one token a step: embedding ──▶ attention ──▶ MLP ──▶ head, greedy choice
 * </pre>
 *
 * <p>One layer stands for all, so that a large model is measured with a fraction of its memory. Weights are zeros that
 * are written explicitly: untouched pages all map to one zero page, which is read from the processor's cache.
 */
final class DecodingCostRun {
    private static final long SEED = 1234;
    private static final int SLOTS = 4;
    private static final int PROMPT = 32; // tokens of each slot
    private static final long PIECE = 1 << 20; // weights that are written at once
    private static final int WARM_UP = 5;
    private static final int LEAST = WARM_UP + 15;
    private static final int MOST = WARM_UP + 200;
    private static final long ENOUGH_NANOS = 1_000_000_000;

    private final List<Stage> chain;
    private final int vocabulary;
    private final Random random = new Random(SEED);
    private final List<List<Long>> nanos;
    private List<KeyValueCache> caches = List.of(); // closed with the stages
    private int length; // positions of each slot

    private DecodingCostRun(List<Stage> chain, int vocabulary) {
        this.chain = chain;
        this.vocabulary = vocabulary;
        this.nanos = chain.stream().<List<Long>>map(stage -> new ArrayList<>()).toList();
    }

    static StageCosts measure(ModelConfig model, Device device, Weights weights) {
        int end = 2 * model.layers();
        try (Stage embedding = Stage.open(model, new Part(0, 0, true, false), device, weights);
                Stage attention = Stage.open(model, new Part(0, 1, false, false), device, weights);
                Stage mlp = Stage.open(model, new Part(1, 2, false, false), device, weights);
                Stage head = Stage.open(model, new Part(end, end, false, true), device, weights)) {
            DecodingCostRun run = new DecodingCostRun(List.of(embedding, attention, mlp, head), model.vocabulary());
            run.all(model.positions());
            return StageCosts.ofEqualLayers(model.layers(), run.cost(0), run.cost(1), run.cost(2), run.cost(3));
        }
    }

    private void all(int positions) {
        int prompt = Math.min(PROMPT, positions - 1);
        length = 0;
        for (Stage stage : chain) {
            writeZeros(stage);
        }
        caches = KeyValueCache.open(chain, SLOTS * blocks(positions), CacheType.FLOAT32);
        step(prompt);
        nanos.forEach(List::clear);
        long start = System.nanoTime();
        for (int number = 0; number < MOST && (number < LEAST || System.nanoTime() - start < ENOUGH_NANOS); number++) {
            length = Math.min(length, positions - 1); // a short model's steps are all of its last position
            step(1);
        }
    }

    private static void writeZeros(Stage stage) {
        for (int index = 0; index < stage.parameters().size(); index++) {
            ParameterInfo parameter = stage.parameters().get(index);
            long row = parameter.count() / parameter.shape().get(0);
            long piece = Math.min(parameter.count(), Math.max(1, PIECE / row) * row);
            ByteBuffer zeros = ByteBuffer.allocateDirect(Math.toIntExact(piece * Float.BYTES))
                    .order(ByteOrder.LITTLE_ENDIAN);
            for (long first = 0; first < parameter.count(); first += piece) {
                long left = Math.min(piece, parameter.count() - first);
                stage.write(index, first, zeros.clear().limit(Math.toIntExact(left * Float.BYTES)));
            }
        }
    }

    private static int blocks(int positions) {
        return (positions + KeyValueCache.BLOCK - 1) / KeyValueCache.BLOCK;
    }

    /** Appends so many tokens to each slot. */
    private void step(int tokens) {
        int ofSlot = blocks(length + tokens);
        int[] firsts = new int[SLOTS];
        Arrays.fill(firsts, length);
        int[] counts = new int[SLOTS];
        Arrays.fill(counts, tokens);
        int[] tables = IntStream.range(0, SLOTS * ofSlot)
                .map(i -> i % ofSlot * SLOTS + i / ofSlot)
                .toArray();
        int[] ids = random.ints((long) SLOTS * tokens, 0, vocabulary).toArray();
        int[] last =
                IntStream.range(0, SLOTS).map(slot -> (slot + 1) * tokens - 1).toArray();
        TokenRows rows = new TokenRows(firsts, counts, tables, ids);
        for (int i = 0; i < chain.size(); i++) {
            boolean head = i == chain.size() - 1;
            time(i, cache -> {
                cache.extend(0, rows);
                if (head) {
                    cache.choose(0, last, Collections.nCopies(SLOTS, ChoiceRule.GREEDY));
                }
            });
        }
        length += tokens;
    }

    private void time(int index, Consumer<KeyValueCache> work) {
        long start = System.nanoTime();
        work.accept(caches.get(index));
        chain.get(index).synchronize();
        nanos.get(index).add(System.nanoTime() - start);
    }

    /** The minimum, since other work of the machine only adds time. */
    private Cost cost(int index) {
        long least = nanos.get(index).stream()
                .skip(WARM_UP)
                .mapToLong(Long::longValue)
                .min()
                .orElseThrow();
        return new Cost(least / 1e9, 0, 0);
    }
}
