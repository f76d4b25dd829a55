package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trireme.config.Reduction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DataParallelBenchIT {
    @Test
    void twoRanksDoTheWorkOfOne() throws IOException {
        JsonNode one = measure(1);
        JsonNode two = measure(2);
        assertThat(names(two))
                .containsExactly(
                        "kind",
                        "shape",
                        "world_size",
                        "threads",
                        "batch",
                        "length",
                        "steps",
                        "reduction",
                        "device",
                        "tokens_per_second",
                        "step_ms",
                        "comm_ms",
                        "loss_first",
                        "loss",
                        "gemm_share",
                        "limit_tokens_per_second",
                        "epochs",
                        "machine");
        assertThat(names(two.get("step_ms"))).containsExactly("min", "median", "max");
        assertThat(names(two.get("machine"))).containsExactly("cpu", "cores", "load");
        assertThat(names(two.get("epochs").get(1)))
                .containsExactly(
                        "epoch",
                        "seconds",
                        "tokens_per_second",
                        "data_ms",
                        "comm_ms",
                        "gc_ms",
                        "stolen_ms",
                        "neighbours_ms",
                        "major_faults");
        assertThat(two.get("epochs")).hasSize(2);
        assertThat(two.get("steps").intValue()).isEqualTo(2); // of all epochs
        assertThat(two.get("world_size").intValue()).isEqualTo(2);
        assertThat(two.get("loss_first").doubleValue())
                .isCloseTo(Math.log(10_000), within(0.1)) // a fresh model knows nothing
                .isCloseTo(one.get("loss_first").doubleValue(), within(1e-5));
        assertThat(two.get("loss").doubleValue()).isCloseTo(one.get("loss").doubleValue(), within(1e-5));
        assertThat(two.get("loss").doubleValue())
                .isNotEqualTo(two.get("loss_first").doubleValue());
    }

    private static JsonNode measure(int worldSize) throws IOException {
        BenchConfig config = new BenchConfig("small", worldSize, 1, 2, 8, 1, 1, 2, Reduction.OVERLAPPED);
        return new ObjectMapper()
                .readTree(DataParallelBench.measure(config, System.err).toJson());
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
