package dev.trireme.parallel;

import dev.trireme.config.ModelConfig;
import dev.trireme.engine.Device;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Part;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.plan.Cost;
import dev.trireme.plan.StageCosts;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Times decoding steps on three stages: the embedding alone, one block, the head alone.
 *
 * <pre>
 *   a prompt for each row, then again and again one more token:    embedding ──▶ block ──▶ head: the likeliest
 * </pre>
 *
 * <p>One block stands for all, so that even a large model is measured within a fraction of its memory. Weights are zeros,
 * but written: what nobody has written yet is one page that the machine shows everywhere, and reads from its cache.
 */
final class DecodingCostRun {
    private static final long SEED = 1234;
    private static final int ROWS = 4;
    private static final int PROMPT = 32; // tokens of each row
    private static final long PIECE = 1 << 20; // weights that are written at once
    private static final int WARM_UP = 5;
    private static final int LEAST = WARM_UP + 15;
    private static final int MOST = WARM_UP + 200;
    private static final long ENOUGH_NANOS = 1_000_000_000;

    private final List<Stage> chain;
    private final int vocabulary;
    private final Random random = new Random(SEED);
    private final List<List<Long>> nanos = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

    private DecodingCostRun(List<Stage> chain, int vocabulary) {
        this.chain = chain;
        this.vocabulary = vocabulary;
    }

    static StageCosts measure(ModelConfig model, Device device, Weights weights) {
        int end = model.layers();
        try (Stage embedding = Stage.open(model, new Part(0, 0, true, false), device, weights);
                Stage block = Stage.open(model, new Part(0, 1, false, false), device, weights);
                Stage head = Stage.open(model, new Part(end, end, false, true), device, weights)) {
            DecodingCostRun run = new DecodingCostRun(List.of(embedding, block, head), model.vocabulary());
            run.all(model.positions());
            return new StageCosts(run.cost(0), Collections.nCopies(end, run.cost(1)), run.cost(2));
        }
    }

    private void all(int positions) {
        int prompt = Math.min(PROMPT, positions - 1);
        for (Stage stage : chain) {
            writeZeros(stage);
            stage.caches().open(0, ROWS, Math.min(positions, prompt + MOST));
        }
        step(prompt);
        nanos.forEach(List::clear);
        long start = System.nanoTime();
        for (int number = 0; number < MOST && (number < LEAST || System.nanoTime() - start < ENOUGH_NANOS); number++) {
            if (prompt + number >= positions) { // a short model's steps are all of its last position
                forgetLast(positions);
            }
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

    private void forgetLast(int positions) {
        chain.forEach(stage ->
                IntStream.range(0, ROWS).forEach(row -> stage.caches().truncate(0, row, positions - 1)));
    }

    /** Appends so many tokens to each row. */
    private void step(int tokens) {
        int[] rows = IntStream.range(0, ROWS).toArray();
        int[] counts = rows.clone();
        Arrays.fill(counts, tokens);
        int[] ids = random.ints((long) ROWS * tokens, 0, vocabulary).toArray();
        int[] last = Arrays.stream(rows).map(row -> (row + 1) * tokens - 1).toArray();
        Stage embedding = chain.get(0);
        Stage block = chain.get(1);
        Stage head = chain.get(2);
        time(0, () -> embedding.caches().extend(0, rows, counts, ids));
        time(1, () -> block.caches().extend(0, rows, counts, ids, embedding.caches()));
        time(2, () -> {
            head.caches().extend(0, rows, counts, ids, block.caches());
            head.caches().likeliest(0, last);
        });
    }

    private void time(int index, Runnable work) {
        long start = System.nanoTime();
        work.run();
        chain.get(index).settle();
        nanos.get(index).add(System.nanoTime() - start);
    }

    /** The least: whatever else the machine does only adds to it. */
    private Cost cost(int index) {
        long least = nanos.get(index).stream()
                .skip(WARM_UP)
                .mapToLong(Long::longValue)
                .min()
                .orElseThrow();
        return new Cost(least / 1e9, 0, 0);
    }
}
