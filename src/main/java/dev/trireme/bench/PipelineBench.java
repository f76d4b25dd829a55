package dev.trireme.bench;

import dev.trireme.launch.RankTask;
import dev.trireme.launch.Rendezvous;
import dev.trireme.launch.TaskJob;
import dev.trireme.parallel.Pipelines;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Simulation;
import dev.trireme.schedule.StageCosts;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Measures pipeline training on random tokens, in float32 without dropout: weights from seed 1234, AdamW at 1e-4
 * without clipping. Step s trains on rows that {@code java.util.Random(s)} draws, so that other programs can do the
 * same work.
 *
 * <pre>
 *   CostRank      one process    costs of embedding, sublayers and head ──▶ DeviceMap, theory
 *   PipelineRank  one process    warm-up ──▶ peak of memory ──▶ a step on the stages, the same step on one, and so on
 * </pre>
 *
 * <p>The two kinds of steps alternate, so that other load of the machine slows both.
 */
public final class PipelineBench {
    private final OutputStream errors;
    private final Map<CostRank.Setting, StageCosts> known = new HashMap<>();

    /**
     * A bench that measures the costs of a model once for all settings.
     *
     * @param errors where the processes' standard error goes
     */
    public PipelineBench(OutputStream errors) {
        Objects.requireNonNull(errors, "errors");
        this.errors = errors;
    }

    /**
     * Starts the processes, measures, and waits until they have ended.
     *
     * @param setting to measure
     * @return the measurement
     * @throws IllegalArgumentException when the model cannot be cut so
     * @throws BenchFailure when a process fails
     */
    public PipelineRun measure(PipelineSetting setting) {
        Objects.requireNonNull(setting, "setting");
        StageCosts costs = known(setting);
        DeviceMap map = Pipelines.map(setting.model(), setting.layout(), () -> costs);
        PipelineMeasurement measurement = job(PipelineRank.Task.class, PipelineMeasurement.class, setting.threads())
                .run(setting.withSplit(map.toString()), errors, BenchFailure::new);
        return new PipelineRun(
                PipelineResult.of(setting, map, measurement),
                Simulation.run(setting.schedule(), map.stageCosts(costs)),
                measurement.timeline());
    }

    /**
     * The setting as {@link #measure} runs it: a balanced split becomes the layers of each stage, by costs that are measured
     * when they are first needed.
     *
     * @param setting to cut
     * @return the same with an explicit split
     * @throws BenchFailure when the process that measures costs fails
     */
    public PipelineSetting cut(PipelineSetting setting) {
        Objects.requireNonNull(setting, "setting");
        return setting.withSplit(Pipelines.map(setting.model(), setting.layout(), () -> known(setting))
                .toString());
    }

    private StageCosts known(PipelineSetting setting) {
        return known.computeIfAbsent(CostRank.Setting.of(setting), this::costs);
    }

    private StageCosts costs(CostRank.Setting setting) {
        return job(CostRank.class, StageCosts.class, setting.threads()).run(setting, errors, BenchFailure::new);
    }

    private static <S extends Record, A extends Record> TaskJob<S, A> job(
            Class<? extends RankTask<S, A>> task, Class<A> answer, int threads) {
        return new TaskJob<>(task, answer, 1, threads, Rendezvous.DEFAULT_TIMEOUT);
    }
}
