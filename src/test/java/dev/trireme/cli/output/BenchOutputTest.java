package dev.trireme.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.bench.Trial;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class BenchOutputTest {
    private static final BenchOutput.Form<Integer, Integer> FORM =
            new BenchOutput.Form<>(setting -> "setting " + setting, "result", String::valueOf, result -> "{}");

    @Command
    private static final class Bench implements Activity.Owner {
        @Mixin
        private BenchOutput output = new BenchOutput();

        @Override
        public void endWith(Activity activity) {}
    }

    private final Bench bench = new Bench();
    private final List<List<Trial<Integer, Integer>>> reports = new ArrayList<>();

    @Test
    void whatIsMeasuredIsReportedAfterEachAndAFailureWithIt() {
        new CommandLine(bench).setOut(new PrintWriter(new StringWriter())).setErr(new PrintWriter(new StringWriter()));
        BenchOutput.Measures<Integer, Integer> measures = new BenchOutput.Measures<>(
                setting -> OptionalDouble.of(7),
                setting -> {
                    if (setting == 2) {
                        throw new IllegalStateException("rank 1 was killed by SIGKILL");
                    }
                    return 10 * setting;
                },
                trials -> reports.add(List.copyOf(trials)));
        assertThatThrownBy(() -> bench.output.measure(List.of(1, 2, 3), measures, FORM))
                .hasMessage("rank 1 was killed by SIGKILL");
        assertThat(reports).hasSize(3); // before, after the first, after the failure
        assertThat(reports.get(0)).allMatch(trial -> trial.result().isEmpty());
        List<Trial<Integer, Integer>> last = reports.get(2);
        assertThat(last.get(0).result()).contains(10);
        assertThat(last.get(0).predictedMs()).hasValue(7);
        assertThat(last.get(1).failure()).contains("rank 1 was killed by SIGKILL");
        assertThat(last.get(2).failure()).isEmpty();
    }
}
