package dev.trireme.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.plan.Layout;
import java.util.List;

/**
 * A layout as it was predicted and as it was measured.
 *
 * @param shape name of the model's shape
 * @param layout what ran
 * @param predictedMs milliseconds of a step
 * @param measuredMs the same, of all rounds
 * @param rounds that were measured
 * @param predictedBytes of each device of a rank
 * @param measuredBytes the same
 * @param predictedPeakMb of a process with nothing else in it, in units of 2<sup>20</sup> bytes; 0 where it was not measured
 * @param measuredPeakMb the same
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record LayoutResult(
        String shape,
        Layout layout,
        double predictedMs,
        Spread measuredMs,
        int rounds,
        List<Long> predictedBytes,
        List<Long> measuredBytes,
        double predictedPeakMb,
        double measuredPeakMb) {
    /** Keeps copies of the lists. */
    public LayoutResult {
        NullChecks.require("shape", shape, "layout", layout, "measuredMs", measuredMs);
        NullChecks.require("predictedBytes", predictedBytes, "measuredBytes", measuredBytes);
        predictedBytes = List.copyOf(predictedBytes);
        measuredBytes = List.copyOf(measuredBytes);
    }

    /**
     * How far the prediction is off.
     *
     * @return predicted / measured − 1
     */
    public double error() {
        return predictedMs / measuredMs.median() - 1;
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
