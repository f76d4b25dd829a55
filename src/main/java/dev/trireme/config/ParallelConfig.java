package dev.trireme.config;

import java.util.Objects;

/**
 * Distribution of a run over processes and devices.
 *
 * @param worldSize ranks, each with a full copy of the model
 * @param microBatches how many micro-batches the global batch is split into; a rank accumulates the gradients of its
 *     share
 * @param threads of each stage; 0 shares the cores out among the stages of a host
 * @param device {@code cpu}, {@code cuda:N}, or {@code cuda} for a GPU of its own to each stage of a host
 * @param precision of matrix products on GPUs
 * @param reduction how gradients are averaged; {@link Reduction#TREE} is the exact mode, the same bits in every layout
 * @param timeoutSeconds how long a rank waits for another
 * @param pipeline how each rank's replica is cut into stages
 */
public record ParallelConfig(
        int worldSize,
        int microBatches,
        int threads,
        String device,
        Precision precision,
        Reduction reduction,
        int timeoutSeconds,
        PipelineLayout pipeline) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public ParallelConfig {
        NullChecks.require("device", device, "precision", precision, "reduction", reduction, "pipeline", pipeline);
        Requirements.within("worldSize", worldSize, 1, 1024);
        Requirements.within("microBatches", microBatches, 1, 1 << 20);
        Requirements.within("threads", threads, 0, 1024);
        requireTimeout(timeoutSeconds);
        if (microBatches % worldSize != 0) {
            throw new IllegalArgumentException("microBatches " + microBatches + " cannot be shared among worldSize "
                    + worldSize + "; use a multiple of " + worldSize);
        }
        boolean powers = Integer.bitCount(worldSize) == 1 && Integer.bitCount(microBatches) == 1;
        if (reduction == Reduction.TREE && !powers) {
            throw new IllegalArgumentException("worldSize " + worldSize + " and microBatches " + microBatches
                    + " make no binary tree, along which the exact mode sums; use powers of two");
        }
        precision.requireOn(device);
    }

    /**
     * Settings without a pipeline, with matrix products in float32.
     *
     * @param worldSize ranks
     * @param microBatches pieces of the global batch
     * @param threads of each rank
     * @param device of each rank
     * @param reduction how gradients are averaged
     * @param timeoutSeconds how long a rank waits for another
     */
    public ParallelConfig(
            int worldSize, int microBatches, int threads, String device, Reduction reduction, int timeoutSeconds) {
        this(
                worldSize,
                microBatches,
                threads,
                device,
                Precision.FLOAT32,
                reduction,
                timeoutSeconds,
                PipelineLayout.SINGLE);
    }

    /**
     * The usual settings for a number of ranks on the CPUs of this host.
     *
     * @param worldSize how many
     * @return one micro-batch per rank, cores divided among ranks, overlapped buckets, a time-out of 60 s
     * @throws IllegalArgumentException when there are none or too many
     */
    public static ParallelConfig ofWorld(int worldSize) {
        return new ParallelConfig(worldSize, worldSize, 0, "cpu", Reduction.OVERLAPPED, 60);
    }

    /**
     * These settings with another pipeline.
     *
     * @param other how each rank's replica is cut
     * @return the changed copy
     */
    public ParallelConfig withPipeline(PipelineLayout other) {
        Objects.requireNonNull(other, "other");
        return new ParallelConfig(
                worldSize, microBatches, threads, device, precision, reduction, timeoutSeconds, other);
    }

    /**
     * Micro-batches of each rank.
     *
     * @return its share of all
     */
    public int microBatchesOfRank() {
        return microBatches / worldSize;
    }

    /**
     * Threads of a stage.
     *
     * @param cores of the host
     * @param ranks of the host
     * @return {@code threads} if set, else this stage's share of the cores
     */
    public int threadsOf(int cores, int ranks) {
        return threads > 0 ? threads : Math.max(1, cores / (ranks * pipeline.stages()));
    }

    /**
     * Device of a stage.
     *
     * @param localRank its rank's number among those of its host
     * @param stage its number among those of its rank
     * @return {@code device}, or for {@code cuda} a GPU of its own
     */
    public String deviceOf(int localRank, int stage) {
        return DeviceKind.ofStage(device, localRank * pipeline.stages() + stage);
    }

    /**
     * Refuses a time that is no time-out.
     *
     * @param timeoutSeconds how long a rank waits for another
     */
    public static void requireTimeout(int timeoutSeconds) {
        Requirements.within("timeoutSeconds", timeoutSeconds, 1, 86_400);
    }
}
