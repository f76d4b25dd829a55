package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsHistoryTest {
    private static final String MEMORY = "{\"kind\":\"memory\",\"length\":42}";

    @TempDir
    private Path folder;

    @Test
    void whatIsDoneAgainIsDroppedAndCountedAndAHalfLineTooWhateverItEndsWith() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        String half = "{\"kind\":\"step\",\"step\":5,\"lo\u00fc";
        byte[] bytes = String.join("\n", MEMORY, step(1), epoch(1), skipped(2), step(3), epoch(2), step(4), half)
                .getBytes(StandardCharsets.UTF_8);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        Progress progress = new Progress(2, 0.5, 1, Progress.Sums.NONE, Progress.Sums.NONE, Progress.Best.NONE);
        MetricsHistory history = MetricsHistory.of(file, progress);
        assertThat(history.lines()).containsExactly(MEMORY, step(1), epoch(1), skipped(2));
        assertThat(history.lostSteps()).isEqualTo(2);
        assertThat(history.lostSeconds()).isEqualTo(0.5);
        assertThat(MetricsHistory.lastStep(file)).isEqualTo(4);
        history.write(file);
        assertThat(MetricsHistory.of(file, progress)).isEqualTo(new MetricsHistory(history.lines(), 0, 0));
    }

    @Test
    void withoutAFileThereIsNoHistory() {
        assertThat(MetricsHistory.of(folder.resolve("none"), Progress.START))
                .isEqualTo(new MetricsHistory(List.of(), 0, 0));
        assertThat(MetricsHistory.lastStep(folder.resolve("none"))).isZero();
    }

    private static String step(long step) {
        return "{\"kind\":\"step\",\"step\":" + step + ",\"step_ms\":250.0}";
    }

    private static String skipped(long step) {
        return "{\"kind\":\"skipped\",\"step\":" + step + "}";
    }

    private static String epoch(int epoch) {
        return "{\"kind\":\"epoch\",\"epoch\":" + epoch + "}";
    }
}
