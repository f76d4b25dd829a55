package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void theGridIsTheOneOfTheJavadoc() {
        assertThat(run("--kind", "1f1b", "--stages", "3", "--micro-batches", "4"))
                .isZero();
        assertThat(out.toString()).isEqualToNormalizingNewlines("""
                           0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17
                device 0  F0 F1 F2  .  .  .  . B0  = F3 B1  =  . B2  =  . B3  =
                device 1   . F0 F1  .  . B0  = F2 B1  = F3 B2  =  . B3  =  .  .
                device 2   .  . F0 B0  = F1 B1  = F2 B2  = F3 B3  =  .  .  .  .

                1f1b: 18 clocks, bubble 33.3 %, where (p - 1) / (v m + p - 1) is 33.3 %
                live activations of each device: 3, 2, 1
                """);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            gpipe       | 27 clocks, bubble 11.1 %, where (p - 1) / (v m + p - 1) is 11.1 % | 8, 8
            interleaved | 51 clocks, bubble 5.9 %, where (p - 1) / (v m + p - 1) is 5.9 %   | 5, 3
            zero-bubble | 25 clocks, bubble 4.0 %, where (p - 1) / (v m + p - 1) is 11.1 %  | 2, 2
            """)
    void everyKindTellsItsBubbleAndWhatItHolds(String kind, String bubble, String live) {
        assertThat(run("--kind", kind, "--stages", "2", "--micro-batches", "8")).isZero();
        assertThat(out.toString().lines()).endsWith(kind + ": " + bubble, "live activations of each device: " + live);
    }

    @Test
    void whatTextPrintsCanBeChangedAndDrawn(@TempDir Path folder) throws IOException {
        assertThat(run("--kind", "gpipe", "--stages", "2", "--micro-batches", "2", "--text"))
                .isZero();
        Path file = Files.writeString(folder.resolve("own.txt"), out.toString());
        assertThat(run("--kind", file.toString(), "--stages", "2")).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("trireme: a schedule file says itself for how many stages and micro-batches it is;");
        out.getBuffer().setLength(0);
        assertThat(run("--kind", file.toString())).isZero();
        assertThat(out.toString()).contains("device 1   . F0 F1").contains("live activations of each device: 2, 2");
    }

    @Test
    void whatIsFoundIsBesideTheFastestNamedOneAndTheBoundAndCanBeRun(@TempDir Path folder) throws IOException {
        Path times = Files.writeString(folder.resolve("times.txt"), "# F B W\n1 1 1\n1 1 1\n");
        assertThat(run("--search", times.toString(), "--micro-batches", "4", "--room", "3"))
                .isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "searched: 13.000 ms; zero-bubble, the fastest named one, takes 13.000 ms (+0.0 %); none can take"
                                + " less than 13.000 ms, so that it is the fastest",
                        "live activations of each device: 2, 2");
        out.getBuffer().setLength(0);
        assertThat(run("--search", times.toString(), "--micro-batches", "4", "--text"))
                .isZero();
        Path found = Files.writeString(folder.resolve("found.txt"), out.toString());
        assertThat(run("--kind", found.toString())).isZero();
        assertThat(run("--search", times.toString(), "--kind", "gpipe")).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("trireme: --kind is of a known schedule; leave it out beside --search; see trireme schedule"
                        + " --help" + System.lineSeparator());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            1 2      | :1: has 2 numbers; write the milliseconds of F, B and W, 0 for a W within B
            1 2 x    | :1: x is no number; write milliseconds, such as 12.5
            1 -2 0   | :1: -2 is no time; write 0 to 1e9 milliseconds
            # 1 2 3  | : has no times; write a line for each stage, such as 12.5 13.0 11.1
            """)
    void wrongTimesAreBadInput(String line, String message, @TempDir Path folder) throws IOException {
        Path times = Files.writeString(folder.resolve("times.txt"), line);
        assertThat(run("--search", times.toString())).isEqualTo(3);
        assertThat(err.toString()).isEqualTo("trireme: " + times + message + System.lineSeparator());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--search", "--kind"})
    @Timeout(60)
    void aDeviceThatNeverEndsIsNotRead(String option) {
        assertThat(run(option, "/dev/zero")).isEqualTo(3);
        assertThat(err.toString()).startsWith("trireme: /dev/zero: is not a plain file; name a text file that holds ");
    }

    @Test
    void noStagesAreRefusedBesideTimes(@TempDir Path folder) throws IOException {
        Path times = Files.writeString(folder.resolve("times.txt"), "1 1 1");
        assertThat(run("--search", times.toString(), "--stages", "0")).isEqualTo(2);
        assertThat(err.toString()).startsWith("trireme: --stages is 0; use 1 or more");
    }

    @Test
    void aWrongFileIsBadInputWithTheStepAtFault(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("own.txt"), "F0 B0\nB0 F0\n");
        assertThat(run("--kind", file.toString())).isEqualTo(3);
        assertThat(err.toString())
                .isEqualTo(
                        "trireme: " + file + ":2: device 1, step 1 (B0): needs the forward of micro-batch 0 at stage 1,"
                                + " which is step 2; put that first" + System.lineSeparator());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            --kind gpipe --chunks 2     | --chunks is for --kind interleaved, not gpipe; leave it out; see trireme schedule --help
            --room 3                    | --room is for --search; add --search FILE, or leave it out
            --stages 0                  | --stages is 0; use 1 to 1024
            --kind interleaved --stages 4 --micro-batches 6 | --micro-batches 6 cannot go through 2 chunks in groups of 4; use a multiple of 4, or 1f1b
            """)
    void wrongUsageIsExitCode2(String arguments, String message) {
        assertThat(run(arguments.split(" ", -1))).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("trireme: " + message + System.lineSeparator());
    }

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "schedule";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
    }
}
