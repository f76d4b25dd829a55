package dev.trireme.train;

import dev.trireme.config.DeviceKind;
import dev.trireme.config.LearningRateSchedule.Shape;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.config.TrainConfig;
import dev.trireme.config.TrainConfig.Recovery;
import java.util.ArrayList;
import java.util.List;

/** Compares the settings of a run with those that it is to go on with. */
final class SettingChanges {
    private final List<String> refused = new ArrayList<>();
    private final List<String> allowed = new ArrayList<>();

    private SettingChanges() {}

    /**
     * Compares.
     *
     * @return a line for each difference that changes no bit
     * @throws IllegalArgumentException naming all differences that do
     */
    static List<String> require(RunConfig before, RunConfig now) {
        SettingChanges changes = new SettingChanges();
        changes.compare("model", before.model(), now.model(), false);
        changes.compare("base", before.base(), now.base(), false);
        changes.compare("task", before.task(), now.task(), false);
        changes.compare("savedAs", before.savedAs(), now.savedAs(), true);
        changes.compareTraining(before.training(), now.training());
        changes.compareParallel(before.training().parallel(), now.training().parallel());
        if (!changes.refused.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", changes.refused)
                    + "; with that the run would not give the bits of one that was never stopped: leave it as it was, or"
                    + " begin another run");
        }
        return changes.allowed;
    }

    private void compareTraining(TrainConfig before, TrainConfig now) {
        compare("batchSize", before.batchSize(), now.batchSize(), false);
        compare("maxLength", before.maxLength(), now.maxLength(), false);
        compare("padding", before.padding(), now.padding(), false);
        compare("seed", before.seed(), now.seed(), false);
        compare("learningRate", before.learningRate(), now.learningRate(), false);
        compare("optimizer", before.optimizer(), now.optimizer(), false);
        // A schedule that falls until the end depends on where that is.
        boolean free = now.learningRate().shape() == Shape.CONSTANT;
        compare("epochs", before.epochs(), now.epochs(), free);
        compare("maxSteps", before.maxSteps(), now.maxSteps(), free);
        compare("patience", before.duration().patience(), now.duration().patience(), true);
        compare("onNonfinite", before.update().onNotFinite(), now.update().onNotFinite(), true);
        compareRecovery(before.recovery(), now.recovery());
        compare(
                "tensorboard",
                before.observation().tensorboard(),
                now.observation().tensorboard(),
                true);
        compare(
                "debugGradients",
                before.observation().gradientNorms(),
                now.observation().gradientNorms(),
                true);
    }

    private void compareRecovery(Recovery before, Recovery now) {
        compare("checkpointEvery", interval(before), interval(now), true);
        compare("keep", before.keep(), now.keep(), true);
        compare("checkpointErrors", onError(before), onError(now), true);
        compare("maxRestarts", before.maxRestarts(), now.maxRestarts(), true);
    }

    private static String interval(Recovery recovery) {
        if (!recovery.writes()) {
            return "never";
        }
        return recovery.everySteps() > 0 ? recovery.everySteps() + " steps" : recovery.everySeconds() + " s";
    }

    private static String onError(Recovery recovery) {
        return recovery.endsOnError() ? "stop" : "continue";
    }

    private void compareParallel(ParallelConfig before, ParallelConfig now) {
        boolean exact = before.reduction() == Reduction.TREE;
        compare("microBatches", before.microBatches(), now.microBatches(), false);
        compare("reduction", before.reduction(), now.reduction(), false);
        compare("worldSize", before.worldSize(), now.worldSize(), exact);
        compare("device", DeviceKind.of(before.device()), DeviceKind.of(now.device()), false);
        compare("precision", before.precision(), now.precision(), false);
        compare("threads", before.threads(), now.threads(), true);
        compare("timeout", before.timeoutSeconds(), now.timeoutSeconds(), true);
        comparePipeline(before.pipeline(), now.pipeline(), exact || now.worldSize() <= 2);
    }

    /** @param cuts whether stages may be cut anew: of three or more ranks, sums depend on where buckets of gradients end */
    private void comparePipeline(PipelineLayout before, PipelineLayout now, boolean cuts) {
        compare("stages", before.stages(), now.stages(), cuts);
        compare("split", before.split(), now.split(), cuts);
        compare("schedule", before.schedule(), now.schedule(), true);
        compare("chunks", before.chunks(), now.chunks(), cuts);
        compare("checkpointActivations", before.checkpointing(), now.checkpointing(), true);
    }

    private void compare(String name, Object before, Object now, boolean free) {
        if (!before.equals(now)) {
            (free ? allowed : refused).add(name + " is " + now + " but was " + before);
        }
    }
}
