package dev.trireme.cost;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.engine.Device;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.StageCosts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Measures real time, many short runs of each kind. */
class CostMeterIT {
    private static final ModelConfig GPT2 = ModelConfig.gpt2(2, 2, 16, 500, 32);
    private static final ModelConfig LLAMA = ModelConfig.llama(1, 4, 2, 16, 24, 500, 32);

    @TempDir
    private Path folder;

    @Test
    void everyPartOfAModelTakesTime() {
        for (ModelConfig model : List.of(GPT2, LLAMA)) {
            StageCosts costs = CostMeter.measure(model, Device.CPU, 1, 2, 8);
            Cost attention = costs.sublayers().get(0);
            Cost mlp = costs.sublayers().get(1);
            assertThat(costs)
                    .isEqualTo(
                            StageCosts.ofEqualLayers(model.layers(), costs.embedding(), attention, mlp, costs.head()));
            for (Cost sublayer : List.of(attention, mlp)) {
                assertThat(sublayer.forwardSeconds()).isPositive();
                assertThat(sublayer.backwardSeconds()).isPositive();
                assertThat(sublayer.weightSeconds()).isPositive();
            }
            assertThat(costs.embedding().forwardSeconds()).isPositive();
            assertThat(costs.head().forwardSeconds()).isPositive();
        }
    }

    @Test
    void whatWasMeasuredTodayIsTakenFromTheFolder() throws IOException {
        StageCosts first = costs(GPT2);
        assertThat(files()).hasSize(1);
        assertThat(costs(GPT2)).isEqualTo(first); // to the nanosecond
        costs(LLAMA);
        assertThat(files()).hasSize(2);
    }

    @Test
    void whatIsBalancedByIsWhatIsPredictedFrom() throws IOException {
        StageCosts balanced = costs(GPT2);
        HostCosts host = new CostMeter(folder).hostCosts(GPT2, Device.CPU, 1, 2, 8);

        assertThat(host.alone()).isEqualTo(balanced); // measured once
        assertThat(host.busy().head().forwardSeconds()).isPositive();
        assertThat(host.updateAlone().apply()).isPositive();
        assertThat(host.updateAlone().norm()).isPositive();
        assertThat(new CostMeter(folder).hostCosts(GPT2, Device.CPU, 1, 2, 8)).isEqualTo(host);
    }

    @Test
    void decodingIsMeasuredApartForEachTypeOfWeights() throws IOException {
        for (Weights weights : Weights.values()) {
            for (ModelConfig model : List.of(GPT2, LLAMA)) {
                StageCosts costs = decoding(model, weights);
                assertThat(costs.sublayers()).hasSize(2 * model.layers());
                for (Cost sublayer : costs.sublayers()) {
                    assertThat(sublayer.forwardSeconds()).isPositive();
                    assertThat(sublayer.backwardSeconds()).isZero();
                }
                assertThat(costs.head().forwardSeconds()).isPositive();
                assertThat(decoding(model, weights)).isEqualTo(costs); // to the nanosecond
            }
        }
        assertThat(files()).hasSize(2 * Weights.values().length);
    }

    /** Fewer positions than decoding steps. */
    @Test
    void decodingOfAModelOfOnePositionIsMeasured() {
        ModelConfig shortest = ModelConfig.gpt2(1, 2, 16, 500, 2);
        assertThat(decoding(shortest, Weights.FLOAT32).head().forwardSeconds()).isPositive();
    }

    private StageCosts decoding(ModelConfig model, Weights weights) {
        return new CostMeter(folder).decodingCosts(model, Device.CPU, 1, weights);
    }

    @Test
    void whatIsOldOrDamagedIsMeasuredAgain() throws IOException {
        costs(GPT2);
        Path file = files().get(0);
        Files.writeString(file, "{\"key\":");
        costs(GPT2);
        assertThat(file).content().contains("\"parts\"");
        FileTime yesterday = FileTime.from(Instant.now().minus(Duration.ofHours(25)));
        Files.setLastModifiedTime(file, yesterday);
        costs(GPT2);
        assertThat(Files.getLastModifiedTime(file)).isNotEqualTo(yesterday);
    }

    @Test
    void aFolderThatCannotBeMadeOnlyCostsTime() throws IOException {
        Path notAFolder = Files.writeString(folder.resolve("file"), "");
        assertThat(new CostMeter(notAFolder).costs(GPT2, Device.CPU, 1, 2, 8).sublayers())
                .hasSize(4);
    }

    private StageCosts costs(ModelConfig model) {
        return new CostMeter(folder).costs(model, Device.CPU, 1, 2, 8);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
