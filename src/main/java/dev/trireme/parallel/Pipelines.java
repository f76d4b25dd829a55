package dev.trireme.parallel;

import dev.trireme.config.NullChecks;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.config.Summation;
import dev.trireme.engine.Device;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Schedules;
import dev.trireme.schedule.StageCosts;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Makes pipelines from the settings of a run. */
public final class Pipelines {
    private Pipelines() {}

    /**
     * The schedule of a layout.
     *
     * @param layout of the stages
     * @param microBatches of a replica's step
     * @return the schedule that the layout names
     * @throws IllegalArgumentException when there is no schedule of that name or for these numbers
     */
    public static Schedule schedule(PipelineLayout layout, int microBatches) {
        Objects.requireNonNull(layout, "layout");
        Schedule schedule = Schedules.named(layout.schedule(), microBatches, layout.stages(), layout.chunks());
        if (schedule.chunks() != layout.chunks()) {
            throw new IllegalArgumentException("chunks is " + layout.chunks() + " but schedule " + layout.schedule()
                    + " puts " + schedule.chunks() + " on each device; use chunks " + schedule.chunks()
                    + " or the schedule interleaved");
        }
        return schedule;
    }

    /**
     * The pipeline settings of each rank.
     *
     * @param parallel the run's settings
     * @return schedule, checkpointing and order of sums
     * @throws IllegalArgumentException when there is no schedule of that name or for these numbers, or the exact mode
     *     cannot follow it
     */
    public static PipelineConfig config(ParallelConfig parallel) {
        Objects.requireNonNull(parallel, "parallel");
        PipelineLayout layout = parallel.pipeline();
        return new PipelineConfig(
                schedule(layout, parallel.microBatchesOfRank()),
                layout.checkpointing(),
                parallel.reduction() == Reduction.TREE ? Summation.TREE : Summation.SEQUENCE,
                Execution.EAGER);
    }

    /**
     * The layers of each stage.
     *
     * @param model to split
     * @param layout number of stages and split
     * @param costs called only for a balanced split
     * @return a range for every stage, {@code stages × chunks} of them
     * @throws IllegalArgumentException when the model cannot be cut so
     */
    public static DeviceMap map(ModelConfig model, PipelineLayout layout, Supplier<StageCosts> costs) {
        NullChecks.require("model", model, "layout", layout, "costs", costs);
        return DeviceMap.of(model.layers(), layout.split(), layout.stagesOfModel(), costs);
    }

    /**
     * A rank's pipeline. Its weights are 0 until they are initialized or loaded.
     *
     * @param model what is trained
     * @param parallel the run's settings, with a split into even or explicit parts
     * @param localRank the rank's number among those of its host
     * @return the pipeline, which the caller closes
     */
    public static Pipeline open(ModelConfig model, ParallelConfig parallel, int localRank) {
        Objects.requireNonNull(parallel, "parallel");
        return Pipeline.open(model, map(model, parallel.pipeline()), config(parallel), devices(parallel, localRank));
    }

    /**
     * The layers of each stage, without measuring.
     *
     * @param model to split
     * @param layout with a split into even or explicit parts
     * @return a range for every stage, {@code stages × chunks} of them
     * @throws IllegalArgumentException when the model cannot be cut so, or the split is to be balanced
     */
    public static DeviceMap map(ModelConfig model, PipelineLayout layout) {
        return map(model, layout, () -> {
            throw new IllegalArgumentException(
                    "a balanced split is measured once, before ranks start; give its layers");
        });
    }

    /**
     * The devices of a rank.
     *
     * @param parallel the run's settings
     * @param localRank the rank's number among those of its host
     * @return one for each stage that is not a further chunk
     */
    public static List<Device> devices(ParallelConfig parallel, int localRank) {
        Objects.requireNonNull(parallel, "parallel");
        return IntStream.range(0, parallel.pipeline().stages())
                .mapToObj(stage -> Device.parse(parallel.deviceOf(localRank, stage)))
                .toList();
    }
}
