package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import dev.trireme.parallel.Execution;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class PipelineBenchIT {
    private final PipelineBench bench = new PipelineBench(System.err);

    @Test
    void stagesDoTheWorkOfOne() throws IOException {
        PipelineResult one = measure("small", 1, "even", "1f1b").result();
        PipelineRun run = measure("small", 2, "balanced", "zero-bubble");
        PipelineResult two = run.result();
        assertThat(two.lossFirst())
                .isEqualTo(one.lossFirst())
                .isCloseTo(Math.log(10_000), within(0.1)); // a fresh model knows nothing
        assertThat(two.lossLast()).isEqualTo(one.lossLast()).isNotEqualTo(two.lossFirst());
        assertThat(one.efficiency()).isEqualTo(1);
        assertThat(two.tokensPerSecond()).isCloseTo(4 * 2 * 8 / two.stepMs() * 1e3, within(1e-6));
        assertThat(two.bubbleTheory()).isEqualTo(0.2);
        assertThat(two.liveActivations()).containsExactly(2, 2);
        assertThat(two.busyMs()).hasSize(2).allMatch(millis -> millis > 0);
        assertThat(two.peakMemoryMb())
                .isGreaterThan(two.stageMemoryMb().stream().mapToDouble(x -> x).sum());
        assertThat(two.stageMemoryMb()).hasSize(2).isEqualTo(two.stageMemoryPredictedMb());
        assertThat(one.stageMemoryMb()).hasSize(1).isEqualTo(one.stageMemoryPredictedMb());
        assertThat(run.theory().events()).hasSameSizeAs(run.measured().events()).hasSize(24);
        assertThat(names(two))
                .startsWith("kind", "shape", "schedule", "stages")
                .contains(
                        "micro_batches",
                        "threads",
                        "tokens_per_second",
                        "step_ms",
                        "bubble",
                        "bubble_theory",
                        "balance",
                        "stage_memory_mb",
                        "stage_memory_predicted_mb",
                        "peak_memory_mb")
                .endsWith("loss_first", "loss_last", "machine");
    }

    @Test
    void whatIsPredictedIsTheCutThatRuns() {
        PipelineLayout layout = new PipelineLayout(2, "balanced", "1f1b", 1, ActivationCheckpointing.NEVER);
        PipelineSetting setting = new PipelineSetting("tiny", layout, 4, 2, 8, 1, Execution.EAGER, 1, 1);
        PipelineSetting cut = bench.cut(setting);
        assertThat(cut.layout().split()).isNotEqualTo("balanced");
        assertThat(cut.spread().pipeline().split())
                .isEqualTo(bench.measure(setting).result().split());
    }

    @Test
    void chunksOfALlamaTakeTurnsOnTheirDevices() {
        PipelineResult result =
                measure("llama-small", 2, "balanced", "interleaved").result();
        assertThat(result.chunks()).isEqualTo(2);
        assertThat(result.split().split(",", -1)).hasSize(4);
        assertThat(result.stageMemoryMb()).hasSize(4).isEqualTo(result.stageMemoryPredictedMb());
    }

    private PipelineRun measure(String shape, int stages, String split, String schedule) {
        int chunks = schedule.equals("interleaved") ? 2 : 1;
        PipelineLayout layout = new PipelineLayout(stages, split, schedule, chunks, ActivationCheckpointing.NEVER);
        return bench.measure(new PipelineSetting(shape, layout, 4, 2, 8, 1, Execution.EAGER, 1, 3));
    }

    private static List<String> names(PipelineResult result) throws IOException {
        JsonNode json = new ObjectMapper().readTree(result.toJson());
        List<String> names = new ArrayList<>();
        json.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
