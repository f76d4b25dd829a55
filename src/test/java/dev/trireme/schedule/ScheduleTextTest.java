package dev.trireme.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTextTest {
    @Test
    void commentsAndEmptyLinesDoNotCount() {
        Schedule schedule = ScheduleText.parse("own", """
                # by hand

                  F0 F1   B0 B1 # stage 0
                F0 B0\tF1 B1
                """);
        assertThat(schedule.tasks())
                .isEqualTo(Schedules.oneForwardOneBackward(2, 2).tasks());
        assertThat(schedule.name()).isEqualTo("own");
    }

    @Test
    void aScheduleIsPrintedAsItIsRead() {
        assertThat(ScheduleText.print(Schedules.interleaved(2, 1, 2)).lines())
                .containsExactly(
                        "# interleaved: devices 1, stages 2, micro-batches 2", "F0 F0.1 B0.1 F1 B0 F1.1 B1.1 B1");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiterString = " => ",
            value = {
                "F0 X0 => own:1: device 0, step 2 (X0): is no task; write F, B or W, then a micro-batch,"
                        + " then .1 for a second stage of the device: F0, B12, F0.1",
                "F0 B0 | F0 B0 B0 => own:2: device 1, step 3 (B0): was step 2 already; drop one",
                "F0 F1 B0 B1 | F0 F1 B0 => own:2: device 1 lacks B1, backward of micro-batch 1 at stage 1; add it",
                "F0 F2 B0 B2 => own:1: device 0 lacks F1, forward of micro-batch 1 at stage 0; add it",
                "F0 B0 W0 | F0 B0 => own:2: device 1 lacks W0, weight of micro-batch 0 at stage 1; add it",
                "F0 B0 | F0 B0 F0.1 B0.1 => own:1: device 0 lacks F0.1, forward of micro-batch 0 at stage 2; add it",
                "B0 F0 => own:1: device 0, step 1 (B0): needs the forward of micro-batch 0 at stage 0, which is step 2;"
                        + " put that first",
                "F0 W0 B0 => own:1: device 0, step 2 (W0): needs the backward of micro-batch 0 at stage 0, which is"
                        + " step 3; put that first",
                "F0 B0 F0.1 B0.1 => own:1: device 0, step 2 (B0): needs the backward of micro-batch 0 at stage 1, which"
                        + " is step 4; put that first",
                "F0 F1 B1 B0 => own:1: device 0, step 3 (B1): comes before B0; go by increasing micro-batch, which is"
                        + " the order that gradients are summed in",
                "F0 B0 F1 B1 | F0 F1 B0 B1 => own:1: device 0, step 2 (B0): waits for the backward of micro-batch 0 at"
                        + " stage 1, but device 1, step 2 (F1) waits for the forward of micro-batch 1 at stage 0:"
                        + " they wait for ever; let one of them first do what is waited for",
            })
    void aWrongScheduleIsRefusedWithTheStepAtFault(String lines, String message) {
        assertThatThrownBy(() -> ScheduleText.parse("own", lines.replace("| ", "\n")))
                .isInstanceOf(BadInputException.class)
                .hasMessage(message);
    }

    @Test
    void onlyTheRingOfWaitingDevicesIsTold() {
        assertThatThrownBy(() -> ScheduleText.parse("own", """
                # device 0 waits for the ring of 1 and 2 without being part of it
                F0 B0 F1 B1
                F0 B0 F1 B1
                F0 F1 B0 B1
                """))
                .hasMessageStartingWith(
                        "own:3: device 1, step 2 (B0): waits for the backward of micro-batch 0 at stage 2,"
                                + " but device 2, step 2 (F1) waits for the forward of micro-batch 1 at stage 1: they");
    }

    @Test
    void emptyAndUnreadableFilesAreRefused(@TempDir Path folder) throws Exception {
        Path empty = Files.writeString(folder.resolve("empty.txt"), "# nothing\n");
        assertThatThrownBy(() -> ScheduleText.read(empty))
                .isInstanceOf(BadInputException.class)
                .hasMessage(empty + ": has no tasks; write a line for each device, such as F0 B0");
        Path latin = Files.write(folder.resolve("latin.txt"), "F0 B0 # für".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> ScheduleText.read(latin))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(latin + ": cannot be read");
        assertThatThrownBy(() -> ScheduleText.read(folder)).isInstanceOf(BadInputException.class);
    }

    @Test
    void tasksOnAStrangeDeviceOrOfAStrangeMicroBatchAreRefused() {
        Task forward = new Task(1, TaskKind.FORWARD, 0);
        assertThatThrownBy(() -> new Schedule("own", 2, 1, List.of(List.of(forward), List.of())))
                .isInstanceOf(ScheduleException.class)
                .hasMessage("device 0, step 1 (F0): stage 1 is on device 1; move the task there");
        assertThatThrownBy(() -> new Schedule("own", 1, 1, List.of(List.of(forward))))
                .hasMessageContaining("there is no stage 1; use 0 to 0");
        assertThatThrownBy(() -> new Schedule("own", 1, 1, List.of(List.of(new Task(0, TaskKind.FORWARD, 1)))))
                .hasMessageContaining("there is no micro-batch 1; use 0 to 0");
        assertThatThrownBy(() -> new Schedule("own", 3, 1, List.of(List.of(), List.of())))
                .hasMessage("stages is 3 but there are 2 devices; use the same number of stages on each");
    }

    @Test
    void aLimitOfActivationsNamesTheStepThatNeedsMore() {
        Schedule schedule = Schedules.gPipe(3, 2);
        assertThat(schedule.requireLive(3)).isSameAs(schedule);
        assertThatThrownBy(() -> schedule.requireLive(2))
                .isInstanceOf(ScheduleException.class)
                .hasMessage("device 0, step 3 (F2): holds more than 2 activations; put backward tasks earlier");
    }

    /** overlap_test of the native tests runs it on a clock. */
    @Test
    void theNativeTestsRunTheScheduleThatTrainingFollows() throws IOException {
        assertThat(Path.of("native/test/schedules/1f1b-4x8.txt"))
                .hasContent(ScheduleText.print(Schedules.oneForwardOneBackward(8, 4)));
    }
}
