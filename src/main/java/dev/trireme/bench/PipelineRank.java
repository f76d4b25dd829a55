package dev.trireme.bench;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.cost.StepReport;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankTask;
import dev.trireme.machine.Machine;
import dev.trireme.parallel.Pipeline;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Timeline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** The process of one measurement, started by {@link PipelineBench}, with stages as threads and its own memory. */
final class PipelineRank {
    private static final long SEED = 1234;
    private static final double LEARNING_RATE = 1e-4;

    /** The task of the process; the setting's split is explicit. */
    static final class Task implements RankTask<PipelineSetting, PipelineMeasurement> {
        @Override
        public Optional<PipelineMeasurement> run(
                PipelineSetting setting, RankEnvironment environment, Consumer<String> lines) {
            NativeLibrary.setThreads(setting.threads());
            return Optional.of(new PipelineRank(setting).run());
        }
    }

    private final PipelineSetting setting;

    /** A step that ran. */
    private record Step(double loss, StepReport report, Timeline timeline) {
        double millis() {
            return report.stepNanos() / 1e6;
        }
    }

    private PipelineRank(PipelineSetting setting) {
        this.setting = setting;
    }

    private PipelineMeasurement run() {
        try (Pipeline stages = initialized(stages())) {
            double lossFirst = step(stages, 0).loss();
            for (int number = 1; number < setting.warmup(); number++) {
                step(stages, number);
            }
            double peak = PeakMemory.megabytes(); // before the one stage takes its own
            if (setting.layout().stages() == 1) {
                return measure(stages, stages, lossFirst, peak);
            }
            try (Pipeline one = initialized(oneStage())) {
                IntStream.range(0, setting.warmup()).forEach(number -> step(one, number));
                return measure(stages, one, lossFirst, peak);
            }
        }
    }

    private PipelineMeasurement measure(Pipeline stages, Pipeline one, double lossFirst, double peak) {
        List<Step> steps = new ArrayList<>();
        List<Step> onOne = stages == one ? steps : new ArrayList<>();
        for (int number = setting.warmup(); number < setting.warmup() + setting.steps(); number++) {
            steps.add(step(stages, number));
            if (stages != one) {
                onOne.add(step(one, number));
            }
        }
        double lossLast = steps.get(steps.size() - 1).loss();
        Spread oneStageMs = spread(onOne);
        steps.sort(Comparator.comparingDouble(Step::millis));
        Step typical = steps.get((steps.size() - 1) / 2);
        return new PipelineMeasurement(
                spread(steps),
                oneStageMs,
                typical.report(),
                typical.timeline(),
                lossFirst,
                lossLast,
                peak,
                stages.stages().stream()
                        .map(stage -> stage.memoryBytes() / 1048576.0)
                        .toList(),
                Machine.here());
    }

    private Step step(Pipeline pipeline, int number) {
        List<MicroBatch> batches = batches(number);
        double weight = batches.stream().mapToDouble(MicroBatch::weightSum).sum();
        List<Long> copied = StepReport.copiedNanos(pipeline);
        long begin = System.nanoTime();
        double loss = pipeline.train(number, SEED, batches, weight);
        pipeline.update(OptimizerConfig.adamW(), LEARNING_RATE);
        StepReport report = StepReport.of(pipeline, copied, System.nanoTime() - begin);
        return new Step(loss / weight, report, pipeline.timeline().orElseThrow());
    }

    private List<MicroBatch> batches(int step) {
        int rows = setting.microBatchSize();
        int tokens = rows * setting.length();
        int[] ids =
                BenchTokens.of(step, setting.model().vocabulary(), setting.length(), 0, rows * setting.microBatches());
        float[] weights = new float[tokens];
        Arrays.fill(weights, 1);
        return IntStream.range(0, setting.microBatches())
                .mapToObj(number -> new MicroBatch(
                        Arrays.copyOfRange(ids, number * tokens, (number + 1) * tokens),
                        weights,
                        rows,
                        setting.length(),
                        (long) number * rows))
                .toList();
    }

    private Pipeline stages() {
        DeviceMap map =
                DeviceMap.ofSplit(setting.model().layers(), setting.layout().split());
        return Pipeline.open(setting.model(), map, setting.pipeline(), setting.devices());
    }

    private Pipeline oneStage() {
        int layers = setting.model().layers();
        return Pipeline.alone(Stage.open(setting.model(), 0, layers, Device.CPU), setting.microBatches());
    }

    private static Pipeline initialized(Pipeline pipeline) {
        pipeline.stages().forEach(stage -> stage.initialize(SEED));
        return pipeline;
    }

    private static Spread spread(List<Step> steps) {
        return Spread.of(steps.stream().mapToDouble(Step::millis).toArray());
    }
}
