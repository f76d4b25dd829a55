package dev.trireme.hammer;

import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Reduction;
import dev.trireme.config.Summation;
import dev.trireme.engine.CacheType;
import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Choices;
import dev.trireme.engine.Device;
import dev.trireme.engine.KeyValueCache;
import dev.trireme.engine.Mode;
import dev.trireme.engine.ProcessGroup;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Store;
import dev.trireme.engine.TinyModel;
import dev.trireme.engine.TokenRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Two stages of a model and a group that they may join, whose calls come in any order, with arguments of any kind, and one
 * of which may be closed before the other.
 */
final class StageVictim {
    private static final int VOCABULARY = TinyModel.CONFIG.vocabulary();

    private final Stage first = Stage.open(TinyModel.CONFIG, 0, 1, Device.CPU);
    private final Stage last = Stage.open(TinyModel.CONFIG, 1, 2, Device.CPU);
    private final ProcessGroup group;

    private StageVictim() {
        first.initialize(1);
        last.initialize(1);
        try (Store store = Victims.host()) {
            group = Victims.group(store, "stages");
        }
    }

    static Victim open() {
        StageVictim victim = new StageVictim();
        return new Victim(
                List.of(
                        victim::step,
                        victim::anything,
                        victim::anything,
                        victim::generation,
                        victim::anythingOfCaches,
                        victim::closeOne),
                () -> {
                    victim.group.close();
                    victim.first.close();
                    victim.last.close();
                });
    }

    private Stage any(Random random) {
        return random.nextBoolean() ? first : last;
    }

    /** What other threads do meanwhile makes most of them fail, but not always at the same place. */
    private void step(Random random) {
        int rows = 1 + random.nextInt(3);
        for (Stage stage : List.of(first, last)) {
            stage.begin(1, 2, 1, 14);
            stage.load(0, TinyModel.batch(3, rows, 0));
        }
        Mode mode = random.nextBoolean() ? Mode.TRAIN : Mode.CHECKPOINT;
        first.forward(0, mode);
        last.takeInput(0, first);
        last.forward(0, mode);
        last.backward(0);
        first.backward(0);
        first.gradients().addTied(last.gradients());
        first.gradients().await();
        last.gradients().takeTied(first.gradients());
        first.gradients().measure();
        last.gradients().measure();
        last.gradients().takeSquares(first.gradients());
        first.gradients().takeSquares(last.gradients());
        first.gradients().update(OptimizerConfig.adamW(), 1e-3);
        last.gradients().update(OptimizerConfig.adamW(), 1e-3);
        last.gradients().squares();
        last.gradients().endStep(random.nextBoolean());
    }

    private void anything(Random random) {
        Stage stage = any(random);
        int number = random.nextInt(4) - 1;
        switch (random.nextInt(24)) {
            case 0 ->
                stage.begin(
                        1, 2, random.nextInt(5) - 1, 14, random.nextBoolean() ? Summation.TREE : Summation.SEQUENCE);
            case 1 -> stage.load(number, TinyModel.batch(3, 1 + random.nextInt(4), 0));
            case 2 -> stage.takeInput(number, any(random));
            case 3 -> stage.forward(number, pick(random, Mode.values()));
            case 4 -> stage.backward(number);
            case 5 -> stage.backwardInput(number);
            case 6 -> stage.backwardWeight(number);
            case 7 -> stage.loss(number);
            case 8 -> stage.gradients().addTied(any(random).gradients());
            case 9 -> stage.gradients().takeTied(any(random).gradients());
            case 10 -> stage.gradients().await();
            case 11 -> stage.gradients().squares();
            case 12 -> stage.gradients().apply(OptimizerConfig.adamW(), random.nextDouble() - 0.1);
            case 13 -> stage.gradients().join(group, random.nextInt(1000) - 1, pick(random, Reduction.values()));
            case 14 -> stage.gradient(random.nextInt(40) - 1);
            case 15 -> stage.read(random.nextInt(40) - 1, buffer(random));
            case 16 -> stage.write(random.nextInt(40) - 1, random.nextInt(40) - 1, buffer(random));
            case 17 -> stage.dropMicroBatches();
            case 18 -> stage.gradients().measure();
            case 19 -> stage.gradients().takeSquares(any(random).gradients());
            case 20 -> stage.gradients().update(OptimizerConfig.adamW(), random.nextDouble() - 0.1);
            case 21 -> stage.gradients().endStep(random.nextBoolean());
            case 22 -> stage.losses(random.nextInt(5));
            default -> stage.memoryBytes();
        }
    }

    private void generation(Random random) {
        int length = 1 + random.nextInt(3);
        int[] ids = random.ints(length, 0, VOCABULARY).toArray();
        List<KeyValueCache> caches = KeyValueCache.open(List.of(first, last), 2, pick(random, CacheType.values()));
        caches.forEach(cache -> cache.extend(0, TokenRows.of(0, new int[] {1}, ids)));
        caches.get(1)
                .choose(0, new int[] {length - 1}, List.of(ChoiceRule.GREEDY))
                .id(0);
        caches.forEach(KeyValueCache::close);
    }

    private void anythingOfCaches(Random random) {
        List<KeyValueCache> caches = KeyValueCache.open(List.of(any(random)), random.nextInt(5), CacheType.FLOAT32);
        try (KeyValueCache cache = caches.get(0)) {
            int[] some = random.ints(random.nextInt(4), -1, 4).toArray();
            int[] ids = random.ints(random.nextInt(5), -1, VOCABULARY + 1).toArray();
            int pass = random.nextInt(3) - 1;
            cache.extend(pass, TokenRows.of(0, new int[] {0}, 1, 2, 3));
            switch (random.nextInt(6)) {
                case 0 -> cache.extend(pass, new TokenRows(some, new int[some.length], ids, ids));
                case 1 -> cache.extend(pass, TokenRows.of(random.nextInt(40) - 1, some, ids));
                case 2 -> cache.logits(pass, some, buffer(random).asFloatBuffer());
                case 3 -> cache.choose(pass, some, Collections.nCopies(random.nextInt(4), rule(random)));
                case 4 -> cache.copy(some, ids);
                default -> tokenChoices(random);
            }
        }
    }

    /** Functions, so nothing of them can be closed. */
    private static void tokenChoices(Random random) {
        FloatBuffer logits = buffer(random).asFloatBuffer();
        if (random.nextBoolean()) {
            Choices.probabilities(logits, rule(random));
        } else {
            Choices.of(logits, random.nextInt(70) - 1, Collections.nCopies(random.nextInt(4), rule(random)));
        }
    }

    private static ChoiceRule rule(Random random) {
        double[] numbers = {
            random.nextInt(2), random.nextInt(9) - 1, random.nextDouble(), random.nextDouble(), 1.1, 0.1, 0
        };
        int[] text = random.ints(random.nextInt(4), -1, VOCABULARY + 1).toArray();
        return new ChoiceRule(
                numbers,
                random.nextLong(),
                random.nextLong(),
                random.nextInt(5) - 2,
                text,
                random.nextInt(4),
                text,
                new float[random.nextInt(4)],
                new long[random.nextInt(3)],
                random.nextBoolean(),
                random.nextInt(70) - 1);
    }

    private void closeOne(Random random) {
        if (random.nextInt(100) == 0) {
            any(random).close();
        }
        if (random.nextInt(100) == 0) {
            group.close();
        }
        any(random).checksum();
    }

    /** Of any size and kind: on the heap, read-only, in the other order, empty. */
    private static ByteBuffer buffer(Random random) {
        int bytes = List.of(0, 4, 64, 256, 1024, 3200, 3201, 4096).get(random.nextInt(8));
        ByteBuffer buffer = random.nextInt(4) == 0 ? ByteBuffer.allocate(bytes) : ByteBuffer.allocateDirect(bytes);
        buffer.order(random.nextInt(4) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        return random.nextInt(4) == 0 ? buffer.asReadOnlyBuffer().order(buffer.order()) : buffer;
    }

    private static <T> T pick(Random random, T[] from) {
        return from[random.nextInt(from.length)];
    }
}
