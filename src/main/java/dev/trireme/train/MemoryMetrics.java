package dev.trireme.train;

import dev.trireme.config.NullChecks;
import dev.trireme.cost.StageMemory;
import dev.trireme.cost.Workload;
import dev.trireme.engine.Stage;
import java.util.List;

/**
 * Memory of rank 0's stages, in units of 2<sup>20</sup> bytes.
 *
 * @param microBatchSize rows of a micro-batch
 * @param length tokens of the longest row of the data
 * @param stageMemoryPredictedMb predicted peak of each stage: all micro-batches in flight have the longest rows and the
 *     most labels
 * @param stageMemoryMb of each stage now
 */
public record MemoryMetrics(
        int microBatchSize, int length, List<Double> stageMemoryPredictedMb, List<Double> stageMemoryMb)
        implements RunEvent {
    /** Checks that no component is null. */
    public MemoryMetrics {
        NullChecks.require("stageMemoryPredictedMb", stageMemoryPredictedMb, "stageMemoryMb", stageMemoryMb);
    }

    private static final double BYTES_PER_MB = 1 << 20;

    static MemoryMetrics of(Workload workload, List<StageMemory> predicted, List<Stage> stages) {
        return new MemoryMetrics(
                workload.rows(),
                workload.length(),
                predicted.stream().map(StageMemory::megabytes).toList(),
                stages.stream().map(stage -> stage.memoryBytes() / BYTES_PER_MB).toList());
    }
}
