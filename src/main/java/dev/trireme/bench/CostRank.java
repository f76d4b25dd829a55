package dev.trireme.bench;

import dev.trireme.cost.CostMeter;
import dev.trireme.engine.Device;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankTask;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.StageCosts;
import java.util.Optional;
import java.util.function.Consumer;

/** The process that measures costs for a balanced split, so that its memory does not count as the pipeline's. */
final class CostRank implements RankTask<CostRank.Setting, StageCosts> {
    /** The model and micro-batch to measure. */
    record Setting(String shape, int threads, int microBatchSize, int length) {
        static Setting of(PipelineSetting setting) {
            return new Setting(setting.shape(), setting.threads(), setting.microBatchSize(), setting.length());
        }
    }

    @Override
    public Optional<StageCosts> run(Setting setting, RankEnvironment environment, Consumer<String> lines) {
        return Optional.of(CostMeter.measure(
                ModelConfig.ofShape(setting.shape()),
                Device.CPU,
                setting.threads(),
                setting.microBatchSize(),
                setting.length()));
    }
}
