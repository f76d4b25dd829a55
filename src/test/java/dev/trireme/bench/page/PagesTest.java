package dev.trireme.bench.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.bench.BenchConfig;
import dev.trireme.bench.BenchResult;
import dev.trireme.bench.Trial;
import dev.trireme.report.Page;
import dev.trireme.report.PageHtml;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PagesTest {
    private static Page page(String name) {
        return SamplePages.of(name);
    }

    @Test
    void twoRanksAreComparedWithOneAndAnEpochThatStandsOutIsExplained() {
        assertThat(page("data-parallel").answers())
                .anyMatch(line -> line.startsWith(
                        "2 ranks train at 1.60 times the speed of 1, where 2 is ideal; predicted was 1.75"))
                .anyMatch(line -> line.startsWith(
                        "1 rank × 1 thread: an epoch of 10 steps takes 4.28 s on average, ± 0.42 s over 5 epochs"))
                .anyMatch(line -> line.startsWith("1 rank × 1 thread: Epoch 3 took 5.03 s")
                        && line.contains("data loading (100 % of it)"))
                .noneMatch(line -> line.startsWith("2 ranks × 1 thread: Epoch"));
    }

    @Test
    void modelParallelSaysThatItIsNoFasterWhyAndAtWhichScale() {
        assertThat(page("model-parallel").answers())
                .anyMatch(line -> line.startsWith(
                        "It trains at 8,533 tokens/s on 1 device, 8,533 tokens/s on 2 devices and 8,533 tokens/s on 4 devices: "
                                + "1.00, 1.00 and 1.00 times the speed of the same steps"))
                .anyMatch(line -> line.startsWith("The fullest of 1, 2 and 4 devices holds 400, 200 and 100 MB"))
                .anyMatch(line -> line.startsWith(
                        "Scale: llama2-7b/32 has the 32 layers of LLaMA-2-7B, hidden 128 instead of 4,096"));
    }

    @Test
    void pipelinesAreComparedWithTheoryAndWithEachOther() {
        assertThat(page("pipeline").answers())
                .anyMatch(line -> line.startsWith("The best speed-up is "))
                .anyMatch(line -> line.startsWith("With 8 micro-batches: gpipe "));
        assertThat(page("pipeline").missing()).containsExactly("4 stages were left out");
    }

    @Test
    void generationIsComparedOverLengthsAndStrategies() {
        assertThat(page("inference").answers())
                .anyMatch(line -> line.startsWith("With batch 1, 1 thread: 329.8 tokens/s after 32 tokens"))
                .anyMatch(line -> line.contains("each 1,000 tokens more make a step 1.00 ms longer"))
                .anyMatch(line -> line.startsWith("8 prompts of 256 tokens: one-device, 1 thread")
                        && line.contains("; pipeline, 1 thread"));
    }

    @Test
    void thePlannersChoiceIsHeldAgainstTheFastest() {
        assertThat(page("layouts").answers())
                .anyMatch(line -> line.startsWith("The fastest of 34 layouts of small is "))
                .anyMatch(line ->
                        line.startsWith("For small the planner chooses, from measurements of single stages alone, ")
                                && line.contains("; it took "));
        assertThat(page("layouts").missing())
                .containsExactly("shape small is not whole: 3 of 5 rounds", "shape medium was not measured");
    }

    @Test
    void allExperimentsAreSummedUpWithLinks() {
        assertThat(page("all").links()).containsValues("data-parallel/report.html", "layouts/report.html");
        assertThat(page("all").sections()).hasSize(5);
        assertThat(page("all").answers())
                .hasSize(5)
                .anyMatch(line -> line.startsWith("Data parallel: 2 ranks train at 1.60 times the speed of 1"))
                .anyMatch(line -> line.startsWith("Combining and choosing: The fastest of 34 layouts"));
        assertThat(page("all").missing()).contains("pipeline: 4 stages were left out");
    }

    @Test
    void anExperimentThatFailsInTheMiddleLeavesWhatItHasAndSaysWhatIsMissing() {
        List<Trial<BenchConfig, BenchResult>> trials = new ArrayList<>(SamplePages.dataParallel());
        trials.set(
                1,
                Trial.<BenchConfig, BenchResult>of(trials.get(1).setting(), "second")
                        .failed("rank 0 was killed by SIGKILL"));
        trials.set(2, Trial.of(trials.get(2).setting(), "third"));
        Page page = DataParallelPage.of(trials, "trireme", List.of());
        assertThat(page.missing())
                .containsExactly("second failed: rank 0 was killed by SIGKILL", "1 of 3 were not measured: third");
        assertThat(page.measurements()).hasSize(1);
        assertThat(page.sections()).hasSize(2);
    }

    @Test
    void barsOfRepeatsAreExplainedWhereThereAreSome() {
        assertThat(PageHtml.of(page("data-parallel"))).contains("Bars at points span");
        assertThat(PageHtml.of(page("all"))).doesNotContain("Bars at points span", "Drag in a chart");
    }

    @Test
    void beforeTheFirstMeasurementThereIsAPageOfWhatIsMissing() {
        List<Trial<BenchConfig, BenchResult>> open = SamplePages.dataParallel().stream()
                .map(trial -> Trial.<BenchConfig, BenchResult>of(trial.setting(), trial.name()))
                .toList();
        Page page = DataParallelPage.of(open, "trireme", List.of());
        assertThat(page.sections()).isEmpty();
        assertThat(page.missing()).singleElement().asString().startsWith("3 of 3 were not measured: small, 1 ranks");
    }
}
