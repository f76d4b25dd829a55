package dev.trireme.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.Padding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EpochBatchesTest {
    private static final int PAD = 0;
    private static final int MAX_LENGTH = 12;

    @ParameterizedTest(name = "{0} micro-batches on {1} ranks")
    @CsvSource({"1, 1", "2, 1", "2, 2", "4, 2", "4, 4", "8, 2"})
    void everyLayoutTrainsOnTheSameGlobalBatches(int microBatches, int worldSize) {
        List<Example> examples = examples(100); // 6 whole batches of 16, and 4 rows: none of which 8 micro-batches take
        List<List<Integer>> expected = globalBatches(examples, 16, 1, 1, 3);

        List<List<Integer>> batches = globalBatches(examples, 16, microBatches, worldSize, 3);

        int steps = microBatches == 8 ? 6 : 7;
        assertThat(batches).isEqualTo(expected.subList(0, steps));
    }

    @Test
    void rowsOfAboutTheSameLengthComeTogetherSoThatLittleIsPadded() {
        List<Example> mixed = IntStream.range(0, 640)
                .mapToObj(i -> example(new int[2 + (i * 37) % 11]))
                .toList();
        EpochBatches batches = new EpochBatches(ExampleRows.of(mixed), plan(32, 2, 1, 0, Padding.LONGEST));
        long padded = 0;
        long tokens = 0;
        List<Integer> lengths = new ArrayList<>();
        for (Iterator<StepBatch> steps = batches.epoch(1); steps.hasNext(); ) {
            for (MicroBatch batch : steps.next().microBatches()) {
                padded += (long) batch.rows() * batch.length();
                tokens += tokens(batch);
                lengths.add(batch.length());
            }
        }
        assertThat(tokens).isEqualTo(mixed.stream().mapToLong(Example::length).sum());
        assertThat((double) tokens / padded).isGreaterThan(0.85); // unsorted: 0.6
        assertThat(lengths).isNotEqualTo(lengths.stream().sorted().toList()); // the order of batches stays random
    }

    @Test
    void anEpochHasEachExampleOnceInAnOrderOfItsOwn() {
        List<List<Integer>> first = globalBatches(examples(100), 16, 4, 2, 0);
        List<List<Integer>> second = globalBatches(examples(100), 16, 4, 2, 1);

        assertThat(flat(first)).hasSize(100).doesNotHaveDuplicates();
        assertThat(flat(second))
                .containsExactlyInAnyOrderElementsOf(flat(first))
                .isNotEqualTo(flat(first));
        assertThat(globalBatches(examples(100), 16, 4, 2, 0)).isEqualTo(first);
    }

    @Test
    void theLastBatchIsCutToAMultipleOfTheMicroBatches() {
        EpochBatches batches = new EpochBatches(ExampleRows.of(examples(23)), plan(16, 4, 1, 0, Padding.LONGEST));
        List<StepBatch> epoch = new ArrayList<>();
        batches.epoch(0).forEachRemaining(epoch::add);

        assertThat(batches.steps()).isEqualTo(2);
        assertThat(epoch).hasSize(2);
        assertThat(epoch.get(0).microBatches()).extracting(MicroBatch::rows).containsExactly(4, 4, 4, 4);
        assertThat(epoch.get(1).microBatches()).extracting(MicroBatch::rows).containsExactly(1, 1, 1, 1);
        assertThat(epoch.get(1).microBatches()).extracting(MicroBatch::firstRow).containsExactly(0L, 1L, 2L, 3L);
        assertThat(new EpochBatches(ExampleRows.of(examples(19)), plan(16, 4, 1, 0, Padding.MAX)).steps())
                .isEqualTo(1);
        assertThat(new EpochBatches(ExampleRows.of(examples(5)), plan(16, 4, 1, 0, Padding.MAX)).steps())
                .isEqualTo(1);
    }

    @Test
    void everyRankKnowsTheWeightAndTheTokensOfTheWholeBatch() {
        List<Example> examples = examples(64);
        List<Iterator<StepBatch>> ranks = List.of(
                new EpochBatches(ExampleRows.of(examples), plan(16, 4, 2, 0, Padding.LONGEST)).epoch(5),
                new EpochBatches(ExampleRows.of(examples), plan(16, 4, 2, 1, Padding.LONGEST)).epoch(5));
        while (ranks.get(0).hasNext()) {
            StepBatch one = ranks.get(0).next();
            StepBatch other = ranks.get(1).next();
            List<MicroBatch> all = new ArrayList<>(one.microBatches());
            all.addAll(other.microBatches());
            assertThat(all).extracting(MicroBatch::firstRow).containsExactly(0L, 4L, 8L, 12L);
            assertThat(one.globalWeight())
                    .isEqualTo(other.globalWeight())
                    .isEqualTo(all.stream().mapToDouble(MicroBatch::weightSum).sum());
            assertThat(one.globalTokens())
                    .isEqualTo(other.globalTokens())
                    .isEqualTo(all.stream().mapToLong(EpochBatchesTest::tokens).sum());
        }
    }

    @Test
    void rowsArePaddedOnTheRightToTheLongestOrTheMaximum() {
        List<Example> rows = List.of(example(5, 6), example(7, 8, 9, 10));

        MicroBatch longest = plan(2, 1, 1, 0, Padding.LONGEST).collate(rows, 3);
        MicroBatch max = plan(2, 1, 1, 0, Padding.MAX).collate(rows, 3);

        assertThat(longest.ids()).containsExactly(5, 6, PAD, PAD, 7, 8, 9, 10);
        assertThat(longest.weights()).containsExactly(1, 1, 0, 0, 1, 1, 1, 1);
        assertThat(tokens(longest)).isEqualTo(6);
        assertThat(longest.weightSum()).isEqualTo(4); // no row's first token is ever predicted
        assertThat(longest.firstRow()).isEqualTo(3);
        assertThat(max.length()).isEqualTo(MAX_LENGTH);
        assertThat(Arrays.copyOfRange(max.ids(), MAX_LENGTH, MAX_LENGTH + 5)).containsExactly(7, 8, 9, 10, PAD);
        assertThat(tokens(max)).isEqualTo(6);
        assertThat(max.weightSum()).isEqualTo(4);
    }

    @Test
    void examplesWithoutWeightNeverMakeABatch() {
        List<Example> mixed = new ArrayList<>(examples(8));
        for (int i = 0; i < 8; i++) {
            mixed.add(new Example(new int[] {900 + i, 1}, new float[] {1, 0}));
        }
        EpochBatches batches = new EpochBatches(ExampleRows.of(mixed), plan(2, 2, 1, 0, Padding.LONGEST));

        assertThat(batches.steps()).isEqualTo(4);
        batches.epoch(0)
                .forEachRemaining(step -> assertThat(step.microBatches())
                        .allSatisfy(batch -> assertThat(batch.weightSum()).isPositive()));
        assertThat(EpochBatches.evaluation(ExampleRows.of(mixed), 1, plan(2, 2, 1, 0, Padding.LONGEST)))
                .hasSize(8);
    }

    @ParameterizedTest(name = "{0} rows on {1} ranks")
    @CsvSource({"1, 1", "8, 1", "8, 2", "8, 3", "16, 4", "1000, 2", "2147483647, 2"})
    void evaluationTakesEachExampleOnceTheLongestFirst(int rows, int worldSize) {
        List<Integer> seen = new ArrayList<>();
        for (int rank = 0; rank < worldSize; rank++) {
            List<MicroBatch> batches = EpochBatches.evaluation(
                    ExampleRows.of(examples(50)), rows, plan(24, 24, worldSize, rank, Padding.LONGEST));
            assertThat(batches).isSortedAccordingTo((one, other) -> other.length() - one.length());
            for (MicroBatch batch : batches) {
                assertThat(batch.firstRow() / rows % worldSize).isEqualTo(rank);
                seen.addAll(firstIds(batch));
            }
        }
        assertThat(seen).hasSize(50).doesNotHaveDuplicates();
    }

    @Test
    void evaluationMakesABatchOnlyWhenItIsAskedFor() {
        ExampleRows rows = ExampleRows.of(examples(50));
        List<Integer> made = new ArrayList<>();
        ExampleRows watched = new ExampleRows() {
            @Override
            public int size() {
                return rows.size();
            }

            @Override
            public Example get(int index) {
                made.add(index);
                return rows.get(index);
            }

            @Override
            public int length(int index) {
                return rows.length(index);
            }

            @Override
            public int labels(int index) {
                return rows.labels(index);
            }
        };
        List<MicroBatch> batches = EpochBatches.evaluation(watched, 8, plan(24, 24, 2, 1, Padding.LONGEST));
        assertThat(batches).hasSize(3);
        assertThat(made).isEmpty();
        assertThat(batches.get(2).rows()).isEqualTo(8);
        assertThat(made).hasSize(8);
        assertThatThrownBy(() -> batches.get(3)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void plansThatDoNotComeOutEvenAreRefused() {
        assertRefused(() -> plan(10, 4, 2, 0, Padding.MAX), "batch size 10 cannot be cut into 4 equal micro-batches");
        assertRefused(() -> plan(12, 3, 2, 0, Padding.MAX), "3 micro-batches cannot be shared equally by 2 ranks");
        assertRefused(() -> plan(12, 2, 2, 2, Padding.MAX), "rank 2 is not in a world of 2");
        assertRefused(() -> new BatchPlan(1, 1, 1, 0, 0, Padding.MAX, 1, 0), "maximum length 1");
        assertRefused(
                () -> new EpochBatches(ExampleRows.of(examples(3)), plan(8, 4, 1, 0, Padding.MAX)),
                "3 training rows keep a label, too few for 4 micro-batches");
        assertRefused(
                () -> plan(1, 1, 1, 0, Padding.LONGEST).collate(List.of(example(new int[13])), 0),
                "13 tokens does not fit the maximum length 12");
    }

    private static void assertRefused(ThrowingCallable call, String problem) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(problem);
    }

    private static BatchPlan plan(int batchSize, int microBatches, int worldSize, int rank, Padding padding) {
        return new BatchPlan(batchSize, microBatches, worldSize, rank, 42, padding, MAX_LENGTH, PAD);
    }

    /** Examples of 2 to 12 tokens that are known by their first id. */
    private static List<Example> examples(int count) {
        Random random = new Random(count);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] ids = random.ints(2 + random.nextInt(MAX_LENGTH - 1), 1, 1000).toArray();
            ids[0] = 1000 + i;
            examples.add(example(ids));
        }
        return examples;
    }

    private static Example example(int... ids) {
        float[] weights = new float[ids.length];
        Arrays.fill(weights, 1);
        return new Example(ids, weights);
    }

    /** The first ids of each global batch, put together from all ranks. */
    private static List<List<Integer>> globalBatches(
            List<Example> examples, int batchSize, int microBatches, int worldSize, int epoch) {
        List<List<Integer>> batches = new ArrayList<>();
        for (int rank = 0; rank < worldSize; rank++) {
            Iterator<StepBatch> steps = new EpochBatches(
                            ExampleRows.of(examples), plan(batchSize, microBatches, worldSize, rank, Padding.LONGEST))
                    .epoch(epoch);
            for (int step = 0; steps.hasNext(); step++) {
                if (rank == 0) {
                    batches.add(new ArrayList<>());
                }
                for (MicroBatch batch : steps.next().microBatches()) {
                    assertThat(batch.firstRow()).isEqualTo(batches.get(step).size());
                    batches.get(step).addAll(firstIds(batch));
                }
            }
        }
        return batches;
    }

    private static long tokens(MicroBatch batch) {
        return IntStream.range(0, batch.weights().length)
                .filter(i -> batch.weights()[i] != 0) // no example here has a weight of 0
                .count();
    }

    private static List<Integer> firstIds(MicroBatch batch) {
        List<Integer> ids = new ArrayList<>();
        for (int row = 0; row < batch.rows(); row++) {
            ids.add(batch.ids()[row * batch.length()]);
        }
        return ids;
    }

    private static List<Integer> flat(List<List<Integer>> batches) {
        return batches.stream().flatMap(List::stream).toList();
    }
}
