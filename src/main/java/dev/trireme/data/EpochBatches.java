package dev.trireme.data;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.NullChecks;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.stream.IntStream;

/**
 * The training batches of every epoch, the same for every layout of ranks.
 *
 * <pre>
 *   order of an epoch (by seed and epoch alone)   ──────────────────────────────────▶
 *   global batches of B rows                      |      0      |      1      |  2  |×
 *   M = 4 equal micro-batches of each             |0 |1 |2 |3 | |0 |1 |2 |3 | |0|1|2|3|
 *   2 ranks                                        rank 0 rank 1
 * </pre>
 *
 * <p>Rows of about the same length come together, so that little is padded: every run of 16 batches of the shuffled order
 * is sorted by length and cut, and its batches are shuffled again.
 *
 * <p>{@link DataPartitioner#partitionDataset} cuts the data once into a part for each rank instead; then which rows meet in
 * a global batch depends on the number of ranks, and no two layouts could take the same step.
 *
 * <p>The rows after the last full batch form a smaller batch of a multiple of M rows; the fewer than M rows left over
 * (×) are skipped in this epoch, other ones in the next.
 */
public final class EpochBatches {
    private static final int SORTED_TOGETHER = 16;

    private final ExampleRows examples;
    private final BatchPlan plan;

    /**
     * Prepares batches.
     *
     * @param examples all of them, the same on every rank, each with a label
     * @param plan sizes, and this rank's part
     * @throws IllegalArgumentException if there are fewer examples than micro-batches
     */
    public EpochBatches(ExampleRows examples, BatchPlan plan) {
        NullChecks.require("examples", examples, "plan", plan);
        this.examples = examples;
        this.plan = plan;
        if (steps() == 0) {
            throw new IllegalArgumentException(
                    examples.size() + " training rows keep a label, too few for " + plan.microBatches()
                            + " micro-batches; use more data, a larger maximum length or fewer micro-batches");
        }
    }

    /**
     * Batches for evaluating a loss: each example with a label is in exactly one batch of one rank. They are sorted by
     * length to save padding, the longest first so that buffers grow once, and rank r takes batches r, r + R, and so
     * on. A batch is made each time that it is asked for, so that no more rows are in memory than are used.
     *
     * @param examples all of them, the same on every rank
     * @param rows rows of a batch; the last may have fewer
     * @param plan this rank, the number of ranks, and padding
     * @return a view of this rank's batches, none if others take them all
     * @throws IllegalArgumentException if {@code rows} is below 1
     */
    public static List<MicroBatch> evaluation(ExampleRows examples, int rows, BatchPlan plan) {
        NullChecks.require("examples", examples, "plan", plan);
        if (rows < 1) {
            throw new IllegalArgumentException("batches of " + rows + " rows hold nothing; use 1 or more");
        }
        int[] sorted = IntStream.range(0, examples.size())
                .boxed()
                .sorted((one, other) -> Integer.compare(examples.length(other), examples.length(one)))
                .mapToInt(Integer::intValue)
                .toArray();
        return new Evaluated(examples, sorted, rows, plan);
    }

    private static final class Evaluated extends AbstractList<MicroBatch> implements RandomAccess {
        private final ExampleRows examples;
        private final int[] sorted;
        private final int rows;
        private final BatchPlan plan;
        private final int size;

        Evaluated(ExampleRows examples, int[] sorted, int rows, BatchPlan plan) {
            this.examples = examples;
            this.sorted = sorted;
            this.rows = rows;
            this.plan = plan;
            int all = sorted.length / rows + (sorted.length % rows > 0 ? 1 : 0);
            this.size = (all + plan.worldSize() - 1 - plan.rank()) / plan.worldSize();
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public MicroBatch get(int index) {
            Objects.checkIndex(index, size);
            int first = (index * plan.worldSize() + plan.rank()) * rows;
            int end = (int) Math.min((long) first + rows, sorted.length);
            List<Example> some =
                    Arrays.stream(sorted, first, end).mapToObj(examples::get).toList();
            return plan.collate(some, first);
        }
    }

    /**
     * How many steps every epoch has.
     *
     * @return at least 1
     */
    public int steps() {
        return examples.size() / plan.batchSize() + (tailRows() > 0 ? 1 : 0);
    }

    /**
     * The batches of an epoch, made one by one as they are asked for.
     *
     * @param epoch its number, which decides the order together with the seed
     * @return this rank's part of each step
     */
    public Iterator<StepBatch> epoch(int epoch) {
        return epoch(epoch, 0);
    }

    /**
     * The batches of an epoch after its first ones, which are not made.
     *
     * @param epoch its number
     * @param done how many steps of it to leave out
     * @return this rank's part of each other step
     */
    public Iterator<StepBatch> epoch(int epoch, int done) {
        long seed = Shuffle.seed(plan.seed(), epoch);
        int[] order = byLength(Shuffle.permutation(examples.size(), seed), seed);
        Partition<Example> shuffled = new Partition<>(examples, order);
        return IntStream.range(done, steps())
                .mapToObj(step -> stepBatch(globalBatch(shuffled, step)))
                .iterator();
    }

    private int[] byLength(int[] shuffled, long seed) {
        int[] order = shuffled.clone();
        int size = plan.batchSize();
        int whole = order.length / size;
        for (int first = 0; first < whole; first += SORTED_TOGETHER) {
            int batches = Math.min(SORTED_TOGETHER, whole - first);
            int[] sorted = Arrays.stream(shuffled, first * size, (first + batches) * size)
                    .boxed()
                    .sorted(Comparator.comparingInt(examples::length))
                    .mapToInt(Integer::intValue)
                    .toArray();
            int[] positions = Shuffle.permutation(batches, Shuffle.seed(seed, first));
            for (int i = 0; i < batches; i++) {
                System.arraycopy(sorted, i * size, order, (first + positions[i]) * size, size);
            }
        }
        return order;
    }

    private int tailRows() {
        int left = examples.size() % plan.batchSize();
        return left - left % plan.microBatches();
    }

    private List<Example> globalBatch(Partition<Example> shuffled, int step) {
        int start = step * plan.batchSize();
        boolean whole = start + plan.batchSize() <= shuffled.size();
        return IntStream.range(start, start + (whole ? plan.batchSize() : tailRows()))
                .mapToObj(shuffled::get)
                .toList();
    }

    private StepBatch stepBatch(List<Example> rows) {
        int size = rows.size() / plan.microBatches();
        int mine = plan.microBatches() / plan.worldSize();
        List<MicroBatch> microBatches = IntStream.range(plan.rank() * mine, (plan.rank() + 1) * mine)
                .map(microBatch -> microBatch * size)
                .mapToObj(first -> plan.collate(rows.subList(first, first + size), first))
                .toList();
        return new StepBatch(
                microBatches,
                rows.stream().mapToDouble(Example::totalWeight).sum(),
                rows.stream().mapToLong(Example::length).sum());
    }
}
