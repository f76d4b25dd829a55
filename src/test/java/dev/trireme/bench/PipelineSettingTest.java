package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.Json;
import dev.trireme.config.PipelineLayout;
import dev.trireme.parallel.Execution;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineSettingTest {
    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource({"1f1b,4;0,1", "1f1b,3.5;0.5,1", "gpipe,even,1", "zero-bubble,balanced,1", "interleaved,1;1;2;0,2"})
    void theLauncherTellsARankAllOfIt(String schedule, String split, int chunks) throws IOException {
        PipelineSetting setting = setting(schedule, split.replace(';', ','), chunks, 8);
        assertThat(Json.READER.readValue(Json.text(Json.WRITER, setting), PipelineSetting.class))
                .isEqualTo(setting);
        assertThat(setting.schedule().stages()).isEqualTo(2 * chunks);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource(delimiter = '|', textBlock = """
            1f1b        | 5,7   | 1 | 8 | split 5,7 covers 12 layers but the model has 4; make its numbers add up to 4
            interleaved | 1,1,1,1 | 2 | 3 | microBatches 3 cannot go through 2 chunks in groups of 2; use a multiple of 2, or 1f1b
            1f1b        | balanced | 1 | 0 | microBatches is 0; use 1 to 65536
            gpip        | balanced | 1 | 8 | schedule gpip is unknown, and there is no such file; use gpipe, 1f1b, interleaved, zero-bubble, or a file that holds a schedule
            """)
    void whatCannotBeMeasuredIsRefusedBeforeAProcessStarts(
            String schedule, String split, int chunks, int microBatches, String message) {
        assertThatThrownBy(() -> setting(schedule, split, chunks, microBatches))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void aSplitForOtherStagesIsRefused() {
        assertThatThrownBy(() -> setting("1f1b", "1,1,2", 1, 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("split 1,1,2 has 3 stages, not 2; give a number of layers for each stage");
    }

    private static PipelineSetting setting(String schedule, String split, int chunks, int microBatches) {
        PipelineLayout layout = new PipelineLayout(2, split, schedule, chunks, ActivationCheckpointing.EXCEPT_LAST);
        return new PipelineSetting("small", layout, microBatches, 4, 128, 1, Execution.CLOCKED, 2, 5);
    }
}
