package dev.trireme.config;

/**
 * How a run is spread over processes and devices.
 *
 * @param worldSize ranks, each with a full copy of the model
 * @param microBatches pieces that the global batch is cut into; each rank works through its share one after the other
 * @param threads of each rank; 0 shares the cores out among the ranks of a host
 * @param device {@code cpu}, {@code cuda:N}, or {@code cuda} for a GPU of its own to each rank of a host
 * @param reduction how gradients are averaged
 * @param timeoutSeconds how long a rank waits for another
 */
public record ParallelConfig(
        int worldSize, int microBatches, int threads, String device, Reduction reduction, int timeoutSeconds) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public ParallelConfig {
        Requirements.within("worldSize", worldSize, 1, 1024);
        Requirements.within("microBatches", microBatches, 1, 1 << 20);
        Requirements.within("threads", threads, 0, 1024);
        Requirements.within("timeoutSeconds", timeoutSeconds, 1, 86_400);
        if (microBatches % worldSize != 0) {
            throw new IllegalArgumentException("microBatches " + microBatches + " cannot be shared among worldSize "
                    + worldSize + "; use a multiple of " + worldSize);
        }
        if (!device.matches("cpu|cuda(:\\d{1,3})?")) {
            throw new IllegalArgumentException("device is " + device + "; use cpu, cuda or cuda:N with N from 0");
        }
    }

    /**
     * The usual settings for a number of ranks on the CPUs of this host.
     *
     * @param worldSize how many
     * @return one micro-batch a rank, cores shared out, overlapped buckets, a minute of patience
     * @throws IllegalArgumentException when there are none or too many
     */
    public static ParallelConfig ofWorld(int worldSize) {
        return new ParallelConfig(worldSize, worldSize, 0, "cpu", Reduction.OVERLAPPED, 60);
    }

    /**
     * Threads of a rank.
     *
     * @param cores of the host
     * @param ranks of the host
     * @return {@code threads} if set, else this rank's share of the cores
     */
    public int threadsOf(int cores, int ranks) {
        return threads > 0 ? threads : Math.max(1, cores / ranks);
    }

    /**
     * Device of a rank.
     *
     * @param localRank its number among those of its host
     * @return {@code device}, or for {@code cuda} the GPU of that number
     */
    public String deviceOf(int localRank) {
        return device.equals("cuda") ? "cuda:" + localRank : device;
    }
}
