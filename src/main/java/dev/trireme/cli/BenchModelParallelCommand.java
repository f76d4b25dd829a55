package dev.trireme.cli;

import dev.trireme.bench.PipelineBench;
import dev.trireme.bench.PipelineSetting;
import dev.trireme.bench.page.ModelParallelPage;
import dev.trireme.cli.option.BenchSteps;
import dev.trireme.cli.output.BenchOutput;
import dev.trireme.cli.output.PipelineTable;
import dev.trireme.cli.output.ReportOptions;
import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import dev.trireme.engine.Device;
import dev.trireme.engine.Memory;
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
final class BenchModelParallelCommand implements Runnable {
    private static final int[] DEVICES = {1, 2, 4};

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
        List<PipelineSetting> settings =
                IntStream.of(DEVICES).mapToObj(this::setting).toList();
        Memory.require(
                "the model's weights, gradients, optimizer state and activations, twice, on stages and on one,",
                2 * settings.get(0).memoryBytes(),
                Memory.available(Device.CPU),
                "use a narrower --shape, such as llama2-7b/32");
        ReportFolder folder = report.open();
        output.measure(
                settings,
                new BenchOutput.Measures<>(
                        new BenchPredictions()::of,
                        new PipelineBench(System.err)::measure,
                        trials -> folder.write(ModelParallelPage.of(trials, report.command()))),
                PipelineTable.FORM);
        output.remark("page: " + folder.page());
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
