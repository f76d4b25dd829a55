package dev.trireme.cli.output;

import dev.trireme.bench.InferenceConfig;
import dev.trireme.bench.InferenceResult;
import java.util.Locale;

/** Generation measurements as a table. */
public final class InferenceTable {
    static final String HEADER =
            "shape        batch × prompt + new  threads  dtype     cache  prefill ms  step ms (min … max)        "
                    + "tokens/s  of the limit  peak MB";

    public static final BenchOutput.Form<InferenceConfig, InferenceResult> FORM =
            new BenchOutput.Form<>(InferenceTable::name, HEADER, InferenceTable::row, InferenceResult::toJson);

    private InferenceTable() {}

    static String row(InferenceResult result) {
        String spread = String.format(
                Locale.ROOT,
                "%,.2f (%,.2f … %,.2f)",
                result.decodeMs(),
                result.decodeSpread().min(),
                result.decodeSpread().max());
        return String.format(
                Locale.ROOT,
                "%-12s %5d × %6d + %3d  %7d  %-8s  %-5s  %10.1f  %-25s %9.1f  %10.0f %%  %7.0f",
                result.shape(),
                result.batch(),
                result.prompt(),
                result.newTokens(),
                result.threads(),
                result.dtype(),
                onOrOff(result.cache()),
                result.prefillMs(),
                spread,
                result.tokensPerSecond(),
                100 * result.ofLimit(),
                result.peakMemoryMb());
    }

    private static String name(InferenceConfig config) {
        return "%s, %d × %d + %d, %s, cache %s, threads %d, %s"
                .formatted(
                        config.shape(),
                        config.batch(),
                        config.prompt(),
                        config.newTokens(),
                        config.dtype(),
                        onOrOff(config.cache()),
                        config.threads(),
                        config.strategy());
    }

    private static String onOrOff(boolean cache) {
        return cache ? "on" : "off";
    }
}
