package dev.trireme.data;

import dev.trireme.config.NullChecks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Splits a shuffled dataset into disjoint parts.
 *
 * <pre>
 *   indices shuffled by the seed   7 2 9 4 0 | 5 1 8 | 3 6
 *   sizes                             0.5    |  0.3  | 0.2
 * </pre>
 *
 * @param <T> what the dataset holds
 */
public final class DataPartitioner<T> {
    private static final long DEFAULT_SEED = 1234;

    private final List<Partition<T>> partitions = new ArrayList<>();

    /**
     * Shuffles with seed 1234.
     *
     * @param data to split
     * @param sizes share of each part, together at most 1
     * @throws IllegalArgumentException if a share is negative or together they are more than 1
     */
    public DataPartitioner(Dataset<T> data, double[] sizes) {
        this(data, sizes, DEFAULT_SEED);
    }

    /**
     * Shuffles the indices and gives each part {@code (int) (size * data.size())} of them, in order.
     *
     * @param data to split
     * @param sizes share of each part, together at most 1
     * @param seed decides the order
     * @throws IllegalArgumentException if a share is negative or together they are more than 1
     */
    public DataPartitioner(Dataset<T> data, double[] sizes, long seed) {
        NullChecks.require("data", data, "sizes", sizes);
        double sum = Arrays.stream(sizes).sum();
        // Negated, so that NaN is refused; shares such as three thirds may exceed 1 by a rounding error.
        if (!(sum <= 1 + 1e-9) || Arrays.stream(sizes).anyMatch(size -> size < 0)) {
            throw new IllegalArgumentException("sizes " + Arrays.toString(sizes)
                    + " are no shares of a whole; use numbers from 0 that add up to at most 1");
        }
        int[] order = Shuffle.permutation(data.size(), seed);
        int start = 0;
        for (double size : sizes) {
            int end = Math.min(order.length, start + (int) (size * order.length));
            partitions.add(new Partition<>(data, Arrays.copyOfRange(order, start, end)));
            start = end;
        }
    }

    /**
     * Gives one part.
     *
     * @param part its number, from 0
     * @return a view of the dataset
     * @throws IllegalArgumentException if there is no such part
     */
    public Partition<T> use(int part) {
        if (part < 0 || part >= partitions.size()) {
            throw new IllegalArgumentException("part " + part + " does not exist; use 0 to " + (partitions.size() - 1));
        }
        return partitions.get(part);
    }

    /**
     * A rank's equal share of a dataset and of a batch. Every rank computes the same split, so that the shares are
     * disjoint; up to {@code worldSize - 1} left-over values are dropped.
     *
     * @param rank that gets the share, from 0
     * @param worldSize number of ranks
     * @param dataset the whole
     * @param batchSize rows of the global batch, a multiple of {@code worldSize}
     * @param <T> what the dataset holds
     * @return the rank's part and batch size
     * @throws IllegalArgumentException if the rank is outside the world or the batch cannot be shared equally
     */
    public static <T> RankShare<T> partitionDataset(int rank, int worldSize, Dataset<T> dataset, int batchSize) {
        Objects.requireNonNull(dataset, "dataset");
        if (worldSize < 1 || rank < 0 || rank >= worldSize) {
            throw new IllegalArgumentException(
                    "rank " + rank + " is not in a world of " + worldSize + "; use 0 to world size - 1");
        }
        if (batchSize < 1 || batchSize % worldSize != 0) {
            throw new IllegalArgumentException("batch size " + batchSize + " cannot be shared equally by " + worldSize
                    + " ranks; use a multiple of " + worldSize);
        }
        double[] sizes = new double[worldSize];
        // The next number up: 1.0 / 49 * 49 is less than 1, which would cost each rank a value.
        Arrays.fill(sizes, Math.nextUp(1.0 / worldSize));
        return new RankShare<>(new DataPartitioner<>(dataset, sizes).use(rank), batchSize / worldSize);
    }

    /**
     * The share of one rank in a data-parallel job.
     *
     * @param partition its part of the dataset
     * @param batchSize its rows of each global batch
     * @param <T> what the dataset holds
     */
    public record RankShare<T>(Partition<T> partition, int batchSize) {
        /** Checks that no component is null. */
        public RankShare {
            Objects.requireNonNull(partition, "partition");
        }
    }
}
