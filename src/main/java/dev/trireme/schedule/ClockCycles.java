package dev.trireme.schedule;

import dev.trireme.config.Requirements;
import java.util.List;
import java.util.stream.IntStream;

/** The classic forward pass of a pipeline: partition {@code j} has micro-batch {@code i} at clock {@code i + j}. */
public final class ClockCycles {
    /**
     * The work of one partition in one clock cycle.
     *
     * @param microBatch its micro-batch
     * @param partition its number
     */
    public record Cell(int microBatch, int partition) {}

    private ClockCycles() {}

    /**
     * All clock cycles.
     *
     * <pre>
     *   3 micro-batches, 3 partitions        clock 0   (0,0)
     *   as (micro-batch, partition):         clock 1   (1,0) (0,1)
     *                                        clock 2   (2,0) (1,1) (0,2)
     *                                        clock 3         (2,1) (1,2)
     *                                        clock 4               (2,2)
     * </pre>
     *
     * @param microBatches m
     * @param partitions p
     * @return m + p - 1 clocks, each with its cells by increasing partition
     * @throws IllegalArgumentException when there are none of either
     */
    public static List<List<Cell>> clockCycles(int microBatches, int partitions) {
        Requirements.positive("microBatches", microBatches);
        Requirements.positive("partitions", partitions);
        return IntStream.range(0, microBatches + partitions - 1)
                .mapToObj(clock -> IntStream.range(0, partitions)
                        .mapToObj(partition -> new Cell(clock - partition, partition))
                        .filter(cell -> cell.microBatch() >= 0 && cell.microBatch() < microBatches)
                        .toList())
                .toList();
    }

    /**
     * The share of the clocks that a partition spends idle while the pipeline fills and drains. It holds for backward
     * too, and so for GPipe and 1F1B; with v chunks a device, count v m micro-batches.
     *
     * @param microBatches m
     * @param partitions p
     * @return (p - 1) / (m + p - 1)
     * @throws IllegalArgumentException when there are none of either
     */
    public static double bubble(int microBatches, int partitions) {
        Requirements.positive("microBatches", microBatches);
        Requirements.positive("partitions", partitions);
        return (partitions - 1.0) / (microBatches + partitions - 1.0);
    }
}
