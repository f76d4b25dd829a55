package dev.trireme.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.bench.BenchConfig;
import dev.trireme.bench.BenchResult;
import dev.trireme.bench.EpochParts;
import dev.trireme.bench.GenerationStrategy;
import dev.trireme.bench.InferenceConfig;
import dev.trireme.bench.InferenceResult;
import dev.trireme.bench.LayoutBench;
import dev.trireme.bench.LayoutResult;
import dev.trireme.bench.LayoutSetting;
import dev.trireme.bench.PipelineResult;
import dev.trireme.bench.PipelineRun;
import dev.trireme.bench.PipelineSetting;
import dev.trireme.bench.ShapeLayouts;
import dev.trireme.bench.Spread;
import dev.trireme.bench.Trial;
import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.Json;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.engine.Weights;
import dev.trireme.machine.Machine;
import dev.trireme.parallel.Execution;
import dev.trireme.plan.Layout;
import dev.trireme.report.Page;
import dev.trireme.schedule.ClockCycles;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Simulation;
import dev.trireme.schedule.Timeline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Pages of measurements that were made up, each the page that a command writes. */
final class SamplePages {
    private static final Machine MACHINE = new Machine("made up", 2, 0);
    private static final String COMMAND = "trireme bench";

    private SamplePages() {}

    static Page of(String name) {
        return Objects.requireNonNull(all().get(name), name);
    }

    private static Map<String, Page> all() {
        Map<String, Page> pages = new LinkedHashMap<>();
        pages.put("data-parallel", DataParallelPage.of(dataParallel(), COMMAND, List.of()));
        pages.put("model-parallel", ModelParallelPage.of(modelParallel(), COMMAND, List.of()));
        pages.put("pipeline", PipelinePage.of(pipeline(), COMMAND, List.of("4 stages were left out")));
        pages.put("inference", InferencePage.of(inference(), COMMAND, List.of()));
        pages.put("layouts", layouts());
        pages.put("all", all(pages));
        return pages;
    }

    private static Page all(Map<String, Page> pages) {
        Map<String, JsonNode> reports = new LinkedHashMap<>();
        pages.forEach((name, page) -> {
            try {
                reports.put(name, Json.READER.readTree(page.toJson()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return AllPage.of(reports, List.of(), COMMAND);
    }

    /** The third epoch of one rank waited for data. */
    static List<Trial<BenchConfig, BenchResult>> dataParallel() {
        return List.of(dataParallel(1, 1, 4000, 350), dataParallel(1, 2, 2400, 200), dataParallel(2, 1, 2500, 200));
    }

    private static Trial<BenchConfig, BenchResult> dataParallel(
            int ranks, int threads, double millis, double predicted) {
        BenchConfig config = new BenchConfig("small", ranks, threads, 16, 128, 3, 10, 5, Reduction.OVERLAPPED);
        List<EpochParts> epochs = IntStream.rangeClosed(1, 5)
                .mapToObj(epoch -> {
                    double data = epoch == 3 && ranks * threads == 1 ? 1000 : 60;
                    double seconds = (millis + data + 10 * epoch) / 1e3;
                    return new EpochParts(epoch, seconds, 20_480 / seconds, data, ranks == 1 ? 0 : 120, 12, 0, 300, 0);
                })
                .toList();
        BenchResult result = new BenchResult(
                "data-parallel",
                "small",
                ranks,
                threads,
                16,
                128,
                50,
                "overlapped",
                "cpu",
                20_480e3 / millis,
                new Spread(millis / 10.5, millis / 10, millis / 9),
                ranks == 1 ? 0 : 12,
                9.2,
                9.1,
                0.7,
                20_480e3 / millis / 0.7,
                epochs,
                MACHINE);
        return Trial.<BenchConfig, BenchResult>of(config, "small, %d ranks, threads %d".formatted(ranks, threads))
                .done(OptionalDouble.of(predicted), result);
    }

    static List<Trial<PipelineSetting, PipelineRun>> modelParallel() {
        return IntStream.of(1, 2, 4)
                .mapToObj(devices -> stages("llama2-7b/32", devices, "gpipe", 1))
                .toList();
    }

    static List<Trial<PipelineSetting, PipelineRun>> pipeline() {
        List<Trial<PipelineSetting, PipelineRun>> trials = new ArrayList<>();
        for (int microBatches : new int[] {2, 4, 8}) {
            trials.add(stages("small", 1, "1f1b", microBatches));
            for (String schedule : List.of("gpipe", "1f1b", "interleaved", "zero-bubble")) {
                trials.add(stages("small", 2, schedule, microBatches));
            }
        }
        return trials;
    }

    private static Trial<PipelineSetting, PipelineRun> stages(
            String shape, int devices, String kind, int microBatches) {
        int chunks = kind.equals("interleaved") ? 2 : 1;
        PipelineLayout layout = new PipelineLayout(devices, "even", kind, chunks, ActivationCheckpointing.NEVER);
        PipelineSetting setting = new PipelineSetting(shape, layout, microBatches, 4, 64, 1, Execution.EAGER, 1, 3);
        Schedule schedule = setting.schedule();
        double seconds = 0.01 / schedule.stages();
        Cost cost = new Cost(seconds, seconds, seconds);
        Timeline timeline = Simulation.run(schedule, Collections.nCopies(schedule.stages(), cost));
        double apart = kind.equals("gpipe") && microBatches > 1 ? 1.1 : 1; // from 1f1b, whose line would cover its own
        double millis = apart * timeline.makespanNanos() / 1e6;
        double bubble = apart * timeline.bubble();
        List<Double> perDevice = Collections.nCopies(devices, millis / devices);
        List<Double> memory = Collections.nCopies(devices * chunks, 400.0 / devices / chunks);
        PipelineResult result = new PipelineResult(
                "pipeline",
                shape,
                kind,
                devices,
                chunks,
                "even",
                microBatches,
                4,
                64,
                1,
                "eager",
                "never",
                3,
                microBatches * 256e3 / millis,
                millis,
                new Spread(millis * 0.95, millis, millis * 1.1),
                microBatches * 30.0,
                bubble,
                ClockCycles.bubble(chunks * microBatches, devices),
                1,
                1 - bubble,
                1,
                1,
                1 - bubble,
                perDevice,
                perDevice,
                perDevice,
                perDevice,
                Collections.nCopies(devices, microBatches),
                memory,
                memory,
                500,
                9,
                8,
                MACHINE);
        return Trial.<PipelineSetting, PipelineRun>of(setting, kind + ", " + devices + ", " + microBatches)
                .done(OptionalDouble.of(millis * 0.9), new PipelineRun(result, timeline, timeline));
    }

    static List<Trial<InferenceConfig, InferenceResult>> inference() {
        List<Trial<InferenceConfig, InferenceResult>> trials = new ArrayList<>();
        for (int prompt : new int[] {32, 128, 512}) {
            for (boolean cache : new boolean[] {true, false}) {
                trials.add(inference(1, prompt, cache, GenerationStrategy.ONE_DEVICE));
            }
        }
        for (GenerationStrategy strategy : GenerationStrategy.values()) {
            trials.add(inference(8, 256, true, strategy));
        }
        return trials;
    }

    private static Trial<InferenceConfig, InferenceResult> inference(
            int batch, int prompt, boolean cache, GenerationStrategy strategy) {
        InferenceConfig config =
                new InferenceConfig("small", batch, prompt, 16, 1, Weights.FLOAT32, cache, 3, strategy);
        double step = (cache ? 3 + prompt / 1000.0 : prompt / 8.0) / strategy.atOnce();
        InferenceResult result = new InferenceResult(
                "inference",
                "small",
                batch,
                prompt,
                16,
                1,
                "float32",
                cache,
                strategy.toString(),
                "cpu",
                prompt / 8.0,
                step,
                batch / step * 1e3,
                300 + prompt / 10.0,
                new Spread(prompt / 9.0, prompt / 8.0, prompt / 7.0),
                new Spread(step * 0.9, step, step * 1.2),
                2,
                2 / step,
                MACHINE);
        return Trial.<InferenceConfig, InferenceResult>of(config, strategy + " " + prompt)
                .done(OptionalDouble.of(step * 1.1), result);
    }

    private static Page layouts() {
        List<LayoutResult> results = new ArrayList<>();
        for (Layout layout : LayoutBench.layouts(16)) {
            double millis = 1000.0 / layout.devices() + 5 * results.size();
            results.add(new LayoutResult(
                    "small",
                    layout,
                    millis * 0.9,
                    new Spread(millis * 0.97, millis, millis * 1.05),
                    3,
                    List.of(100_000_000L),
                    List.of(100_000_000L),
                    0,
                    0));
        }
        LayoutSetting setting = new LayoutSetting("small", 16, 64, 5, LayoutBench.layouts(16), "");
        return LayoutsPage.of(
                List.of(new ShapeLayouts(
                        setting, results, Optional.of(results.get(5).layout()))),
                List.of("shape medium was not measured"),
                COMMAND);
    }
}
