package dev.trireme.cli.output;

import dev.trireme.bench.BenchConfig;
import dev.trireme.bench.BenchResult;
import dev.trireme.config.Count;
import java.util.Locale;

/** Data-parallel measurements as a table. */
public final class BenchTable {
    static final String HEADER =
            "shape        ranks × threads   tokens/s   step ms (min … max)      waited ms   of the limit   loss";

    public static final BenchOutput.Form<BenchConfig, BenchResult> FORM =
            new BenchOutput.Form<>(BenchTable::name, HEADER, BenchTable::row, BenchResult::toJson);

    private BenchTable() {}

    static String row(BenchResult result) {
        String spread = String.format(
                Locale.ROOT,
                "%,.1f (%,.1f … %,.1f)",
                result.stepMs().median(),
                result.stepMs().min(),
                result.stepMs().max());
        return String.format(
                Locale.ROOT,
                "%-12s %5d × %-9d %,8.0f   %-26s %7.1f   %10.0f %%   %.4f → %.4f",
                result.shape(),
                result.worldSize(),
                result.threads(),
                result.tokensPerSecond(),
                spread,
                result.commMs(),
                100 * result.gemmShare(),
                result.lossFirst(),
                result.loss());
    }

    private static String name(BenchConfig config) {
        return "%s, %d rows × %d tokens, %s × %s%s"
                .formatted(
                        config.shape(),
                        config.batch(),
                        config.length(),
                        Count.of(config.worldSize(), "rank"),
                        Count.of(config.threads(), "thread"),
                        config.device().runsOnCpu() ? "" : " on " + config.device());
    }
}
