package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.bench.LinePlot.Line;
import dev.trireme.bench.LinePlot.Point;
import dev.trireme.engine.Weights;
import java.util.List;
import org.junit.jupiter.api.Test;

class InferencePlotTest {
    @Test
    void aLayoutHasOneColourWithAndWithoutCache() {
        LinePlot plot = InferencePlot.of(List.of(
                result(32, 1, 1, true, 10),
                result(32, 1, 1, false, 20),
                result(32, 8, 2, true, 40),
                result(64, 1, 1, true, 12.5)));
        assertThat(plot.title()).isEqualTo("Generation, shape small, float32");
        assertThat(plot.lines())
                .containsExactly(
                        new Line("batch 1, 1 thread", 0, false, List.of(new Point(32, 100), new Point(64, 80))),
                        new Line("batch 1, 1 thread, no cache", 0, true, List.of(new Point(32, 50))),
                        new Line("batch 8, 2 threads", 1, false, List.of(new Point(32, 200))));
    }

    private static InferenceResult result(int prompt, int batch, int threads, boolean cache, double stepMillis) {
        InferenceConfig config = new InferenceConfig("small", batch, prompt, 16, threads, Weights.FLOAT32, cache, 3);
        return InferenceResult.of(config, Spread.of(5), Spread.of(stepMillis), 100, 1);
    }
}
