package dev.trireme.cli;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.cli.output.Activity;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

@Timeout(60)
class ActivityIT {
    private final StringWriter err = new StringWriter();
    private final CommandLine line = Main.commandLine(new Main()).setErr(new PrintWriter(err, true));

    @Test
    void aStepThatLastsIsTold() throws InterruptedException {
        Activity.of(line.getCommandSpec(), false, false).begin("reading");
        long end = System.nanoTime() + SECONDS.toNanos(30);
        while (err.toString().isEmpty() && System.nanoTime() < end) {
            MILLISECONDS.sleep(10);
        }
        assertThat(err.toString()).isEqualTo("trireme: reading …" + System.lineSeparator());
    }

    @Test
    void aStepThatHasEndedIsNot() throws InterruptedException {
        Activity activity = Activity.of(line.getCommandSpec(), false, false);
        activity.begin("reading");
        activity.end();
        Thread.sleep(Duration.ofMillis(500).toMillis());
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void programsAreToldNoStepsAndTheQuietNothing() throws InterruptedException {
        for (boolean quiet : new boolean[] {true, false}) {
            Activity activity = Activity.of(line.getCommandSpec(), true, quiet);
            activity.begin("reading");
            activity.remark("a remark");
            Thread.sleep(Duration.ofMillis(500).toMillis());
            assertThat(err.toString()).isEqualTo(quiet ? "" : "trireme: a remark" + System.lineSeparator());
        }
    }
}
