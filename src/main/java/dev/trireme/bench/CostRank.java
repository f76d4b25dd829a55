package dev.trireme.bench;

import dev.trireme.cost.CostMeter;
import dev.trireme.engine.Device;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.StageCosts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The process that measures what a model is cut by, so that its memory is not counted as that of the pipeline. */
public final class CostRank {
    private CostRank() {}

    /**
     * Measures and writes the costs.
     *
     * @param arguments whose as JSON, and the file for the answer
     * @throws IOException when the answer cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        CostSetting setting = JsonRecord.read(arguments[0], CostSetting.class);
        StageCosts costs = CostMeter.measure(
                ModelConfig.ofShape(setting.shape()),
                Device.CPU,
                setting.threads(),
                setting.microBatchSize(),
                setting.length());
        Files.writeString(Path.of(arguments[1]), JsonRecord.write(costs));
    }
}
