package dev.trireme.cli;

import dev.trireme.bench.BenchConfig;
import dev.trireme.bench.DataParallelBench;
import dev.trireme.bench.Planned;
import dev.trireme.bench.page.DataParallelPage;
import dev.trireme.cli.option.BenchSteps;
import dev.trireme.cli.output.BenchOutput;
import dev.trireme.cli.output.BenchTable;
import dev.trireme.cli.output.ReportOptions;
import dev.trireme.cli.output.Room;
import dev.trireme.config.Reduction;
import dev.trireme.engine.Device;
import dev.trireme.report.ReportFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "data-parallel",
        description = "Measure training steps on 1 rank with 1 and 2 threads and on 2 ranks, or as the options say.",
        footer = {
            "",
            "A step is forward, backward, all-reduce and AdamW in float32; \"of the limit\" is the time that its matrix "
                    + "products alone take on this machine in the same minute, divided by the median step. An epoch that "
                    + "stands out is explained by its measured parts, or it says that none explains it."
        })
final class BenchDataParallelCommand implements Runnable, Experiment {
    private static final int EPOCHS = 5;
    private static final String CURE = "use a smaller --shape, --batch or --length";

    @Mixin
    private BenchSteps steps =
            new BenchSteps(new BenchSteps.Amount("small", 128, 20, 3), new BenchSteps.Amount("small", 64, 4, 3));

    @Mixin
    private BenchOutput output = new BenchOutput();

    @Mixin
    private ReportOptions report = new ReportOptions();

    @Option(names = "--world-size", paramLabel = "N", description = "Ranks, each a process (1).")
    private Optional<Integer> worldSize = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Threads of each rank (cores / ranks).")
    private Optional<Integer> threads = Optional.empty();

    @Option(names = "--batch", paramLabel = "N", description = "Rows of a step over all ranks (${DEFAULT-VALUE}).")
    private int batch = 16;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Epochs of --steps each (5; 1 with --world-size or --threads).")
    private Optional<Integer> epochs = Optional.empty();

    @Option(
            names = "--reduction",
            paramLabel = "HOW",
            description = "How gradients are averaged: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Reduction reduction = Reduction.OVERLAPPED;

    @Mixin
    private BenchDeviceOptions device = new BenchDeviceOptions();

    @Override
    public void run() {
        Device.requireTogether(IntStream.range(0, worldSize.orElse(1))
                .mapToObj(device.device()::of)
                .toList());
        Room<BenchConfig> room = room();
        List<String> leftOut = Stream.concat(leftOut(cores()).stream(), room.leftOut().stream())
                .toList();
        ReportFolder folder = report.open();
        leftOut.forEach(output::remark);
        output.measure(
                room.fitting(),
                new BenchOutput.Measures<>(
                        new BenchPredictions()::of,
                        config -> DataParallelBench.measure(config, System.err),
                        trials -> folder.write(DataParallelPage.of(trials, report.command(), leftOut))),
                BenchTable.FORM);
        output.remark("page: " + folder.page());
    }

    @Override
    public Room<BenchConfig> room() {
        return Room.of(Room.Asked.all(configs(cores()), BenchTable.FORM.name(), Planned::memoryBytes), CURE);
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    private List<BenchConfig> configs(int cores) {
        if (isOne()) {
            int ranks = worldSize.orElse(1);
            return List.of(config(ranks, threads.orElse(Math.max(1, cores / Math.max(1, ranks))), 1));
        }
        List<BenchConfig> configs = new ArrayList<>(List.of(config(1, 1, EPOCHS)));
        if (cores > 1) {
            configs.add(config(1, 2, EPOCHS));
            configs.add(config(2, 1, EPOCHS));
        }
        return configs;
    }

    private List<String> leftOut(int cores) {
        return isOne() || cores > 1
                ? List.of()
                : List.of("2 ranks and 2 threads were left out: they need 2 cores, and this machine has 1; "
                        + "--world-size 2 measures them all the same");
    }

    private boolean isOne() {
        return worldSize.isPresent() || threads.isPresent();
    }

    private BenchConfig config(int ranks, int threadsOfEach, int usualEpochs) {
        BenchSteps.Amount amount = steps.over(report.isQuick());
        return new BenchConfig(
                amount.shape(),
                ranks,
                threadsOfEach,
                batch,
                amount.length(),
                amount.warmup(),
                amount.steps(),
                epochs.orElse(usualEpochs),
                reduction,
                device.device());
    }
}
