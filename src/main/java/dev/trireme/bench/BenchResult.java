package dev.trireme.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.machine.Machine;
import java.util.List;

/**
 * The result of a data-parallel measurement; times are those of rank 0.
 *
 * @param kind {@code data-parallel}
 * @param shape name of the model's shape
 * @param worldSize ranks
 * @param threads of each rank
 * @param batch rows of a step over all ranks
 * @param length tokens of a row
 * @param steps measured, of all epochs
 * @param reduction how gradients were averaged
 * @param device what it ran on
 * @param tokensPerSecond of all ranks, at the median step
 * @param stepMs milliseconds of a step: load, forward, backward, all-reduce, AdamW
 * @param commMs exposed communication: median milliseconds of a step that rank 0 waited for others
 * @param lossFirst mean loss of the first warm-up step, in nats a token, before its update
 * @param loss that of the last step
 * @param gemmShare share of the median step that the step's matrix products alone would take, all ranks at once
 * @param limitTokensPerSecond tokens per second at a share of 1
 * @param epochs the same steps, epoch by epoch
 * @param machine that was measured
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record BenchResult(
        String kind,
        String shape,
        int worldSize,
        int threads,
        int batch,
        int length,
        int steps,
        String reduction,
        String device,
        double tokensPerSecond,
        Spread stepMs,
        double commMs,
        double lossFirst,
        double loss,
        double gemmShare,
        double limitTokensPerSecond,
        List<EpochParts> epochs,
        Machine machine) {
    /** Keeps a copy of the list. */
    public BenchResult {
        NullChecks.require("kind", kind, "shape", shape, "reduction", reduction, "device", device, "stepMs", stepMs);
        NullChecks.require("epochs", epochs, "machine", machine);
        epochs = List.copyOf(epochs);
    }

    /**
     * As one JSON object on one line.
     *
     * @return keys in snake case
     */
    public String toJson() {
        return Json.text(Json.WRITER, this);
    }
}
