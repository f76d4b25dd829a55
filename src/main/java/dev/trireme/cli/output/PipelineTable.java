package dev.trireme.cli.output;

import dev.trireme.bench.PipelineResult;
import dev.trireme.bench.PipelineRun;
import dev.trireme.bench.PipelineSetting;
import dev.trireme.config.Count;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Pipeline measurements as a table. */
public final class PipelineTable {
    static final String HEADER =
            "shape        schedule     stages × threads  split     m  tokens/s  step ms (min … max)          "
                    + "bubble (theory)  balance  efficiency  peak MB  loss             stage MB (predicted)";

    public static final BenchOutput.Form<PipelineSetting, PipelineRun> FORM = new BenchOutput.Form<>(
            PipelineTable::name,
            HEADER,
            run -> PipelineTable.row(run.result()),
            run -> run.result().toJson());

    private PipelineTable() {}

    static String row(PipelineResult result) {
        String spread = String.format(
                Locale.ROOT,
                "%,.1f (%,.1f … %,.1f)",
                result.stepMs(),
                result.stepSpread().min(),
                result.stepSpread().max());
        String bubble =
                String.format(Locale.ROOT, "%.1f (%.1f) %%", 100 * result.bubble(), 100 * result.bubbleTheory());
        return String.format(
                Locale.ROOT,
                "%-12s %-12s %6d × %-7d  %-7s %3d  %,8.0f  %-27s  %15s  %7.3f  %8.1f %%  %7.0f  %.4f → %.4f  %s (%s)",
                result.shape(),
                result.schedule(),
                result.stages(),
                result.threads(),
                result.split(),
                result.microBatches(),
                result.tokensPerSecond(),
                spread,
                bubble,
                result.balance(),
                100 * result.efficiency(),
                result.peakMemoryMb(),
                result.lossFirst(),
                result.lossLast(),
                megabytes(result.stageMemoryMb()),
                megabytes(result.stageMemoryPredictedMb()));
    }

    private static String megabytes(List<Double> stages) {
        return stages.stream()
                .map(stage -> String.format(Locale.ROOT, "%.1f", stage))
                .collect(Collectors.joining(", "));
    }

    private static String name(PipelineSetting setting) {
        return name(
                setting.shape(),
                setting.layout().schedule(),
                Count.of(setting.layout().stages(), "stage"),
                Count.of(setting.microBatches(), "micro-batch"));
    }

    /** The title of a measurement's timeline. */
    public static String title(PipelineResult result) {
        return name(
                result.shape(),
                result.schedule(),
                "stages " + result.split(),
                result.microBatches() + " micro-batches of " + result.microBatchSize() + " × " + result.length());
    }

    private static String name(String... parts) {
        return String.join(", ", parts);
    }
}
