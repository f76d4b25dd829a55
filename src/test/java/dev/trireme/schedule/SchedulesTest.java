package dev.trireme.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Literal lists; those of interleaved and zero-bubble are also what torch.distributed.pipelining 2.10 makes. */
class SchedulesTest {
    @ParameterizedTest(name = "{0} micro-batches on {1} devices")
    @CsvSource(
            delimiter = ';',
            value = {
                "1; 1; F0 B0",
                "3; 1; F0 F1 F2 B0 B1 B2",
                "1; 3; F0 B0 | F0 B0 | F0 B0",
                "2; 2; F0 F1 B0 B1 | F0 F1 B0 B1",
                "3; 2; F0 F1 F2 B0 B1 B2 | F0 F1 F2 B0 B1 B2",
            })
    void gPipeGoesForwardThenBackward(int microBatches, int devices, String tasks) {
        assertThat(lines(Schedules.gPipe(microBatches, devices))).isEqualTo(tasks);
    }

    @ParameterizedTest(name = "{0} micro-batches on {1} devices")
    @CsvSource(
            delimiter = ';',
            value = {
                "1; 1; F0 B0",
                "2; 1; F0 B0 F1 B1",
                "1; 2; F0 B0 | F0 B0",
                "2; 2; F0 F1 B0 B1 | F0 B0 F1 B1",
                "3; 2; F0 F1 B0 F2 B1 B2 | F0 B0 F1 B1 F2 B2",
                "2; 3; F0 F1 B0 B1 | F0 F1 B0 B1 | F0 B0 F1 B1",
                "4; 3; F0 F1 F2 B0 F3 B1 B2 B3 | F0 F1 B0 F2 B1 F3 B2 B3 | F0 B0 F1 B1 F2 B2 F3 B3",
                "2; 4; F0 F1 B0 B1 | F0 F1 B0 B1 | F0 F1 B0 B1 | F0 B0 F1 B1",
                "4; 4; F0 F1 F2 F3 B0 B1 B2 B3 | F0 F1 F2 B0 F3 B1 B2 B3 | F0 F1 B0 F2 B1 F3 B2 B3"
                        + " | F0 B0 F1 B1 F2 B2 F3 B3",
            })
    void oneForwardOneBackwardTakeTurns(int microBatches, int devices, String tasks) {
        assertThat(lines(Schedules.oneForwardOneBackward(microBatches, devices)))
                .isEqualTo(tasks);
    }

    @ParameterizedTest(name = "{0} micro-batches on {1} devices of {2} chunks")
    @CsvSource(
            delimiter = ';',
            value = {
                "1; 1; 1; F0 B0",
                "2; 1; 2; F0 F0.1 B0.1 F1 B0 F1.1 B1.1 B1",
                "2; 2; 2; F0 F1 F0.1 F1.1 B0.1 B1.1 B0 B1 | F0 F1 F0.1 B0.1 F1.1 B1.1 B0 B1",
                "4; 2; 2; F0 F1 F0.1 F1.1 F2 B0.1 F3 B1.1 F2.1 B0 F3.1 B1 B2.1 B3.1 B2 B3"
                        + " | F0 F1 F0.1 B0.1 F1.1 B1.1 F2 B0 F3 B1 F2.1 B2.1 F3.1 B3.1 B2 B3",
            })
    void interleavedGoesThroughChunksInGroupsOfMicroBatches(int microBatches, int devices, int chunks, String tasks) {
        assertThat(lines(Schedules.interleaved(microBatches, devices, chunks))).isEqualTo(tasks);
    }

    @ParameterizedTest(name = "{0} micro-batches on {1} devices")
    @CsvSource(
            delimiter = ';',
            value = {
                "2; 1; F0 B0 W0 F1 B1 W1",
                "1; 2; F0 B0 W0 | F0 B0 W0",
                "3; 2; F0 F1 B0 W0 F2 B1 W1 B2 W2 | F0 B0 F1 B1 W0 F2 B2 W1 W2",
                "2; 3; F0 F1 B0 W0 B1 W1 | F0 F1 B0 B1 W0 W1 | F0 B0 F1 B1 W0 W1",
                "4; 3; F0 F1 F2 B0 W0 F3 B1 W1 B2 W2 B3 W3 | F0 F1 B0 F2 B1 W0 F3 B2 W1 B3 W2 W3"
                        + " | F0 B0 F1 B1 F2 B2 W0 F3 B3 W1 W2 W3",
            })
    void zeroBubbleLetsWeightsWait(int microBatches, int devices, String tasks) {
        assertThat(lines(Schedules.zeroBubble(microBatches, devices))).isEqualTo(tasks);
    }

    @Test
    void interleavedTakesWholeGroupsOnly() {
        assertThatThrownBy(() -> Schedules.interleaved(6, 4, 2))
                .hasMessage("microBatches 6 cannot go through 2 chunks in groups of 4; use a multiple of 4, or 1f1b");
        assertThatThrownBy(() -> Schedules.interleaved(4, 2, 0)).hasMessage("chunks is 0; use 1 to 1024");
        assertThat(Schedules.interleaved(7, 4, 1).tasks())
                .isEqualTo(Schedules.oneForwardOneBackward(7, 4).tasks());
    }

    @Test
    void everyNameGivesTheScheduleThatIsCalledSo() {
        for (String name : Schedules.NAMES) {
            assertThat(Schedules.named(name, 4, 2, 2).name()).isEqualTo(name);
        }
        assertThat(Schedules.named("interleaved", 4, 2, 3).chunks()).isEqualTo(3);
    }

    @Test
    void aFileHasToFitTheRun(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("own.txt"), "F0 F1 B0 B1\nF0 B0 F1 B1\n");
        assertThat(Schedules.named(file.toString(), 2, 2, 1).devices()).isEqualTo(2);
        assertThatThrownBy(() -> Schedules.named(file.toString(), 4, 2, 1))
                .isInstanceOf(BadInputException.class)
                .hasMessage(file + ": is for 2 devices and 2 micro-batches, not 2 and 4; change either");
        assertThatThrownBy(() -> Schedules.named("1F1B", 4, 2, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("schedule 1F1B is unknown, and there is no such file; "
                        + "use gpipe, 1f1b, interleaved, zero-bubble, or a file that holds a schedule");
    }

    private static String lines(Schedule schedule) {
        return ScheduleText.print(schedule).lines().skip(1).collect(Collectors.joining(" | "));
    }
}
