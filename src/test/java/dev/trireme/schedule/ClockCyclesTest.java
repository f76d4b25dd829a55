package dev.trireme.schedule;

import static dev.trireme.schedule.ClockCycles.clockCycles;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.schedule.ClockCycles.Cell;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClockCyclesTest {
    @ParameterizedTest(name = "{0} micro-batches, {1} partitions")
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | 1 | [(0,0)]",
                "1 | 3 | [(0,0)] [(0,1)] [(0,2)]",
                "3 | 1 | [(0,0)] [(1,0)] [(2,0)]",
                "2 | 3 | [(0,0)] [(1,0),(0,1)] [(1,1),(0,2)] [(1,2)]",
                "3 | 3 | [(0,0)] [(1,0),(0,1)] [(2,0),(1,1),(0,2)] [(2,1),(1,2)] [(2,2)]",
                "4 | 2 | [(0,0)] [(1,0),(0,1)] [(2,0),(1,1)] [(3,0),(2,1)] [(3,1)]",
            })
    void areAsInTorchgpipe(int microBatches, int partitions, String expected) {
        assertThat(clockCycles(microBatches, partitions).stream()
                        .map(ClockCyclesTest::text)
                        .collect(Collectors.joining(" ")))
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} micro-batches, {1} partitions")
    @CsvSource({"1, 1", "1, 4", "3, 3", "8, 4", "5, 2"})
    void areTheForwardTasksOfGPipeInLockStep(int microBatches, int partitions) {
        List<List<Cell>> forward = Schedules.gPipe(microBatches, partitions).clocks().stream()
                .map(clock -> clock.stream()
                        .filter(task -> task.kind() == TaskKind.FORWARD)
                        .map(task -> new Cell(task.microBatch(), task.stage()))
                        .toList())
                .filter(clock -> !clock.isEmpty())
                .toList();
        assertThat(forward).isEqualTo(clockCycles(microBatches, partitions));
    }

    @Test
    void nothingHasNoClocks() {
        assertThatThrownBy(() -> clockCycles(0, 2)).hasMessage("microBatches is 0; use 1 or more");
        assertThatThrownBy(() -> clockCycles(2, 0)).hasMessage("partitions is 0; use 1 or more");
    }

    private static String text(List<Cell> clock) {
        return clock.stream()
                .map(cell -> "(" + cell.microBatch() + "," + cell.partition() + ")")
                .collect(Collectors.joining(",", "[", "]"));
    }
}
