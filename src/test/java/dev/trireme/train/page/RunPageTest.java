package dev.trireme.train.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.AtomicFile;
import dev.trireme.config.BadInputException;
import dev.trireme.report.Chart;
import dev.trireme.report.Page;
import dev.trireme.report.Section;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunPageTest {
    @TempDir
    private Path folder;

    @Test
    void aRunThatHasNotBegunHasAPage() {
        Page page = new RunPage(folder, "trireme train").now(true);
        assertThat(page.sections()).isEmpty();
        assertThat(page.missing()).containsExactly("The run goes on; this page follows it.");
    }

    @Test
    void aRunThatGoesOnFromACheckpointHasEachStepOnce() throws IOException {
        RunLines lines = new RunLines(folder);
        for (int step = 1; step <= 5; step++) {
            lines.step(step, 1);
        }
        RunPage page = new RunPage(folder, "trireme train");
        assertThat(steps(page)).isEqualTo(5);

        Path file = folder.resolve("metrics.jsonl");
        AtomicFile.write(
                file,
                (String.join("\n", Files.readAllLines(file).subList(0, 2)) + "\n").getBytes(StandardCharsets.UTF_8));
        for (int step = 3; step <= 9; step++) { // longer than before when the page looks again
            lines.step(step, 1);
        }
        assertThat(steps(page)).isEqualTo(9);
    }

    private static int steps(RunPage page) {
        Chart loss = (Chart) page.now(true).sections().get(0).blocks().get(0);
        return loss.series().get(0).points().size();
    }

    @Test
    void lossesThatAreNotFiniteAreLeftOutAndSkippedStepsAndRestartsAreSaid() {
        RunLines lines = new RunLines(folder);
        lines.step(1, 1);
        lines.write("{\"kind\":\"skipped\",\"step\":2,\"epoch\":1,\"cause\":\"its loss\"}\n");
        lines.write("{\"kind\":\"restart\",\"step\":1,\"cause\":\"killed\",\"lost_steps\":1,\"lost_seconds\":1.0}\n");
        lines.step(3, 1);
        lines.write("{\"kind\":\"epoch\",\"epoch\":1,\"seconds\":1.0,\"tokens_per_second\":10.0,"
                + "\"train_loss\":\"NaN\",\"validation_loss\":\"NaN\"}\n");
        Page page = new RunPage(folder, "trireme train").now(false);
        assertThat(page.answers())
                .contains(
                        "1 steps were skipped, since their loss or gradient was not finite.",
                        "The run went on from a checkpoint 1 times.");
        Chart loss = (Chart) page.sections().get(0).blocks().get(0);
        assertThat(loss.series().get(0).points()).hasSize(2);
        assertThat(loss.series().get(1).points()).isEmpty();
    }

    @Test
    void aWholeRunTellsLossesSpeedTimeMemoryAndSamples() {
        RunLines lines = new RunLines(folder);
        lines.memory();
        lines.step(1, 1);
        lines.step(2, 1);
        lines.epoch(1);
        lines.end();
        Page page = new RunPage(folder, "trireme train").now(false);
        assertThat(page.missing()).isEmpty();
        assertThat(page.answers())
                .contains(
                        "Done: test loss 1.2500, BLEU 94.50, 4,100 tokens/s on average.",
                        "Epoch 1 took 12.5 s: train loss 2.5000, validation loss 2.7500, 4,100 tokens/s.");
        assertThat(page.sections().stream().map(Section::title))
                .containsExactly("Learning and speed", "Where a step's time went", "Memory", "Samples");
        Chart loss = (Chart) page.sections().get(0).blocks().get(0);
        assertThat(loss.series().get(1).points()).singleElement().satisfies(point -> {
            assertThat(point.x()).isEqualTo(2); // at the last step of the epoch
            assertThat(point.y()).isEqualTo(2.75);
        });
    }

    @Test
    void theMachineIsThatOfTheRunAndTheLastOfOneThatWentOn() {
        RunLines lines = new RunLines(folder);
        lines.step(1, 1);
        assertThat(new RunPage(folder, "").now(false).machine())
                .containsOnlyKeys("page written"); // of an earlier version
        lines.write("{\"kind\":\"machine\",\"processor\":\"one\",\"free_memory\":\"2.0 GB\",\"started\":\"then\"}\n");
        lines.write(
                "{\"kind\":\"machine\",\"processor\":\"other\",\"free_memory\":\"1.0 GB\",\"resumed\":\"later\"}\n");
        assertThat(new RunPage(folder, "").now(false).machine())
                .hasSize(5)
                .containsAllEntriesOf(
                        Map.of("processor", "other", "free memory", "1.0 GB", "started", "then", "resumed", "later"));
    }

    @Test
    void aStoppedRunSaysWhatIsMissing() {
        RunLines lines = new RunLines(folder);
        lines.step(1, 1);
        lines.write("{\"kind\":\"step\",\"ste"); // killed while it wrote
        Page page = new RunPage(folder, "trireme train").now(false);
        assertThat(page.missing())
                .containsExactly(
                        "The run has not ended, or was stopped before its end: test loss, BLEU and translations are missing; 1 steps are here.");
    }

    @Test
    void laterLinesAreReadOnAndANewRunIsReadAnew() throws IOException {
        RunLines lines = new RunLines(folder);
        RunPage page = new RunPage(folder, "trireme train");
        lines.step(1, 1);
        assertThat(lossPoints(page)).isEqualTo(1);
        lines.step(2, 1);
        lines.step(3, 1);
        assertThat(lossPoints(page)).isEqualTo(3);
        Files.delete(folder.resolve("metrics.jsonl"));
        lines.step(1, 1);
        assertThat(lossPoints(page)).isEqualTo(1);
    }

    @Test
    void aLongRunIsDrawnByMeans() {
        RunLines lines = new RunLines(folder);
        StringBuilder steps = new StringBuilder();
        for (int step = 1; step <= 5000; step++) {
            steps.append("{\"kind\":\"step\",\"step\":" + step + ",\"epoch\":1,\"loss\":" + step % 2
                    + ",\"tokens\":1,\"tokens_per_second\":1,\"step_ms\":1,\"data_ms\":0,\"compute_ms\":1,\"comm_ms\":0,\"gc_ms\":0,"
                    + "\"learning_rate\":0.1}\n");
        }
        lines.write(steps.toString());
        Page page = new RunPage(folder, "trireme train").now(true);
        Chart loss = (Chart) page.sections().get(0).blocks().get(0);
        assertThat(loss.series().get(0).points()).hasSizeBetween(300, 600);
        assertThat(loss.series().get(0).points().get(0).y()).isBetween(0.4, 0.6);
    }

    @Test
    void aFileThatIsNoRunsMetricsIsNamed() {
        new RunLines(folder).write("[1]\n");
        assertThatThrownBy(() -> new RunPage(folder, "trireme train").now(true))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(folder.resolve("metrics.jsonl") + ": is not the metrics of a run (");
    }

    private static int lossPoints(RunPage page) {
        List<Section> sections = page.now(true).sections();
        return ((Chart) sections.get(0).blocks().get(0))
                .series()
                .get(0)
                .points()
                .size();
    }
}
