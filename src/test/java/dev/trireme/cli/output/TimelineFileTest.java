package dev.trireme.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedules;
import dev.trireme.schedule.Simulation;
import dev.trireme.schedule.Timeline;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimelineFileTest {
    private static final Timeline TIMELINE = Simulation.run(Schedules.gPipe(2, 1), List.of(new Cost(1, 2, 0)));

    @TempDir
    private Path folder;

    @Test
    void theEndingOfTheNameChoosesTheForm() {
        Path chart = folder.resolve("t.svg");
        new TimelineFile(chart).write("a run", TIMELINE, TIMELINE);
        assertThat(chart).content().startsWith("<?xml").contains("a run");
        Path trace = folder.resolve("t.json");
        new TimelineFile(trace).write("a run", TIMELINE, TIMELINE);
        assertThat(trace).content().startsWith("{\"displayTimeUnit\"").contains("a run");
    }

    @Test
    void otherEndingsAreRefused() {
        assertThatThrownBy(() -> new TimelineFile(Path.of("t.png")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("timeline t.png has neither of the known endings; "
                        + "use FILE.svg for a chart or FILE.json for Perfetto");
    }
}
