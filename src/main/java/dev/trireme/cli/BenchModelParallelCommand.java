package dev.trireme.cli;

import dev.trireme.bench.PipelineBench;
import dev.trireme.bench.PipelineSetting;
import dev.trireme.bench.Planned;
import dev.trireme.bench.page.ModelParallelPage;
import dev.trireme.cli.option.BenchSteps;
import dev.trireme.cli.output.BenchOutput;
import dev.trireme.cli.output.PipelineTable;
import dev.trireme.cli.output.ReportOptions;
import dev.trireme.cli.output.Room;
import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import dev.trireme.parallel.Execution;
import dev.trireme.report.ReportFolder;
import java.util.List;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "model-parallel",
        description = "Measure a LLaMA-2-7B-shaped model, scaled down, on 1, 2 and 4 devices.",
        footer = {
            "",
            "One micro-batch: one device works at a time, forward and backward. More devices hold more and are no faster. "
                    + "llama2-7b/8 has the layers of LLaMA-2-7B, and an eighth of its width; /2 to /32 are known."
        })
final class BenchModelParallelCommand implements Runnable, Experiment {
    private static final int[] DEVICES = {1, 2, 4};
    private static final String CURE = "use a narrower --shape, such as llama2-7b/32, or a smaller --batch or --length";

    @Mixin
    private BenchSteps steps = new BenchSteps(
            new BenchSteps.Amount("llama2-7b/8", 128, 4, 2), new BenchSteps.Amount("llama2-7b/16", 64, 3, 1));

    @Mixin
    private BenchOutput output = new BenchOutput();

    @Mixin
    private ReportOptions report = new ReportOptions();

    @Option(names = "--batch", paramLabel = "N", description = "Rows of a step (${DEFAULT-VALUE}).")
    private int batch = 2;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of each device (${DEFAULT-VALUE}).")
    private int threads = 1;

    @Override
    public void run() {
        Room<PipelineSetting> room = room();
        ReportFolder folder = report.open();
        room.leftOut().forEach(output::remark);
        output.measure(
                room.fitting(),
                new BenchOutput.Measures<>(
                        new BenchPredictions()::of,
                        new PipelineBench(System.err)::measure,
                        trials -> folder.write(ModelParallelPage.of(trials, report.command(), room.leftOut()))),
                PipelineTable.FORM);
        output.remark("page: " + folder.page());
    }

    @Override
    public Room<PipelineSetting> room() {
        List<PipelineSetting> settings =
                IntStream.of(DEVICES).mapToObj(this::setting).toList();
        return Room.of(Room.Asked.all(settings, PipelineTable.FORM.name(), Planned::memoryBytes), CURE);
    }

    private PipelineSetting setting(int devices) {
        BenchSteps.Amount amount = steps.over(report.isQuick());
        PipelineLayout layout = new PipelineLayout(devices, "even", "gpipe", 1, ActivationCheckpointing.NEVER);
        return new PipelineSetting(
                amount.shape(),
                layout,
                1,
                batch,
                amount.length(),
                threads,
                Execution.EAGER,
                amount.warmup(),
                amount.steps());
    }
}
