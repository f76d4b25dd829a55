package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What commands leave for people to look at, and how they refuse before anything runs. */
@Timeout(180)
class ReportsIT {
    private static final List<String> ENDLESS = List.of(
            "train",
            "--train",
            "200",
            "--validation",
            "8",
            "--test",
            "4",
            "--layers",
            "1",
            "--heads",
            "2",
            "--hidden",
            "16",
            "--vocab-size",
            "300",
            "--epochs",
            "100000",
            "--batch-size",
            "8",
            "--world-size",
            "1",
            "--micro-batches",
            "1");

    private static final Pattern TWO_ROUNDS = Pattern.compile("tiny is not whole: [2-9] of 1000 rounds");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    @Test
    void aMeasurementLeavesAPageAndItsNumbers() throws IOException {
        Path report = folder.resolve("report");
        assertThat(run(
                        "bench",
                        "data-parallel",
                        "--shape",
                        "tiny",
                        "--length",
                        "8",
                        "--batch",
                        "2",
                        "--steps",
                        "1",
                        "--warmup",
                        "1",
                        "--world-size",
                        "1",
                        "--threads",
                        "1",
                        "--epochs",
                        "5",
                        "--out",
                        report.toString()))
                .isZero();
        assertThat(err.toString()).contains("page: " + report.resolve("report.html"));
        assertThat(report.resolve("report.html"))
                .content()
                .contains("Seconds of each epoch", "trireme bench data-parallel --shape tiny");
        JsonNode numbers = Json.READER.readTree(Files.readString(report.resolve("report.json")));
        assertThat(numbers.at("/measurements/0/epochs")).hasSize(5);
        assertThat(numbers.at("/missing")).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenIsRefusedBeforeAnythingIsMeasured() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        for (String name : List.of("data-parallel", "model-parallel", "pipeline", "inference", "layouts", "all")) {
            err.getBuffer().setLength(0);
            assertThat(run("bench", name, "--quick", "--out", file.toString())).isEqualTo(14);
            assertThat(err.toString())
                    .isEqualTo("trireme: the report cannot be written into " + file
                            + ", which is no folder; name another with --out" + System.lineSeparator());
        }
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data-parallel --shape llama2-7b --batch 64 --length 2048",
                "model-parallel --shape llama2-7b --batch 64 --length 2048",
                "pipeline --shape llama2-7b --stages 2 --micro-batch-size 16 --length 2048",
                "inference --shape llama2-7b --batch 1024 --prompt 4000 --new 2",
                "layouts --shape llama2-7b --batch 128 --length 2048"
            })
    void aModelThatDoesNotFitIsRefusedBeforeAnythingIsMeasured(String experiment) {
        Path report = folder.resolve("report");
        List<String> words = new ArrayList<>(List.of("bench"));
        words.addAll(List.of(experiment.split(" ", -1)));
        words.addAll(List.of("--out", report.toString()));
        assertThat(run(words.toArray(String[]::new))).isEqualTo(2);
        assertThat(err.toString())
                .matches(
                        "trireme: the tensors of llama2-7b, .* need [0-9.]+ MB of memory but [0-9.]+ MB are free; use a .*\\R");
        assertThat(out.toString()).isEmpty();
        assertThat(report).doesNotExist();
    }

    @Test
    void aPromptThatIsTooLongIsRefusedAndNotCut() {
        assertThat(run(
                        "bench",
                        "inference",
                        "--prompt",
                        "4000",
                        "--out",
                        folder.resolve("report").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).isEqualTo("trireme: --prompt is 4000; use 1 to 2032" + System.lineSeparator());
    }

    @Test
    void ofAllExperimentsThoseThatDoNotFitAreLeftOutAndNoneIsRefused() {
        assertThat(BenchAllCommand.room(name -> require(!name.equals("inference")))
                        .leftOut())
                .containsExactly("inference was left out: too large; use less");
        assertThatThrownBy(() -> BenchAllCommand.room(name -> require(false)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no experiment can be run: data-parallel was left out: too large; use less");
    }

    private static void require(boolean fits) {
        if (!fits) {
            throw new IllegalArgumentException("too large; use less");
        }
    }

    @Test
    void allPassesOnWhatItIsAskedFor() {
        CommandLine.ParseResult parsed =
                Main.commandLine(new Main()).parseArgs("bench", "all", "--quick", "--quiet", "--debug");
        BenchAllCommand all =
                (BenchAllCommand) parsed.subcommand().subcommand().commandSpec().userObject();
        assertThat(all.words("layouts", Path.of("page")))
                .containsExactly("bench", "layouts", "--out", "page", "--quick", "--quiet", "--debug");
    }

    @Test
    void layoutsThatFailInTheMiddleLeaveTheRoundsThatAreDone() throws Exception {
        Path report = folder.resolve("report");
        CommandLineProcess bench = CommandLineProcess.start(
                folder,
                Map.of(),
                List.of(
                        "bench",
                        "layouts",
                        "--shape",
                        "tiny",
                        "--batch",
                        "2",
                        "--length",
                        "8",
                        "--rounds",
                        "1000",
                        "--out",
                        report.toString()));
        try {
            while (!TWO_ROUNDS.matcher(missing(report)).find()) {
                assertThat(bench.process().isAlive()).as(bench.errors()).isTrue();
                Thread.sleep(20);
            }
            bench.process()
                    .descendants()
                    .filter(rank -> rank.info().commandLine().orElse("").contains("TaskRank"))
                    .forEach(ProcessHandle::destroyForcibly);
            assertThat(bench.exitCode()).isEqualTo(10);
        } finally {
            bench.process().destroyForcibly();
        }
        assertThat(missing(report))
                .containsPattern("tiny is not whole: [0-9]+ of 1000 rounds")
                .contains("shape tiny failed: rank");
        JsonNode numbers = Json.READER.readTree(Files.readString(report.resolve("report.json")));
        assertThat(numbers.at("/measurements"))
                .isNotEmpty()
                .allSatisfy(
                        layout -> assertThat(layout.at("/rounds").intValue()).isGreaterThanOrEqualTo(2));
        assertThat(report.resolve("report.html")).content().contains("All layouts, fastest first");
    }

    private static String missing(Path report) throws IOException {
        Path numbers = report.resolve("report.json");
        return Files.exists(numbers)
                ? Json.READER.readTree(Files.readString(numbers)).at("/missing").toString()
                : "";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--batch 1 | data-parallel and pipeline were left out: each device needs a prompt of its own; use --batch 2 or more",
                "--no-kv-cache | the strategies were left out, since they are compared with a cache; leave out --no-kv-cache"
            })
    void strategiesThatAnOptionLeavesOutAreSaid(String option, String line) throws IOException {
        Path report = folder.resolve("report");
        List<String> words = new ArrayList<>(List.of("bench", "inference", "--quick", "--prompt", "4", "--new", "2"));
        words.addAll(List.of(option.split(" ", -1)));
        words.addAll(List.of("--out", report.toString()));
        assertThat(run(words.toArray(String[]::new))).isZero();
        assertThat(err.toString()).contains(line + System.lineSeparator());
        assertThat(missing(report)).contains(line);
    }

    @Test
    void aLivePortThatIsTakenIsRefusedBeforeAnythingIsPrepared() throws IOException {
        Path run = folder.resolve("run");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(run("train", "--live", "" + taken.getLocalPort(), "--out", run.toString()))
                    .isEqualTo(2);
            assertThat(err.toString())
                    .isEqualTo("trireme: port " + taken.getLocalPort()
                            + " of 127.0.0.1 cannot be listened on (Address already in use); use another, or 0 for any that is free"
                            + System.lineSeparator());
        }
        assertThat(run).doesNotExist();
        err.getBuffer().setLength(0);
        assertThat(run("train", "--live", "70000", "--out", run.toString())).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("trireme: --live is 70000; use 0 to 65535" + System.lineSeparator());
    }

    @Test
    void aRunIsServedWhileItGoesOnAndLeavesAPageWhenItIsStopped() throws Exception {
        List<String> arguments = new ArrayList<>(ENDLESS);
        arguments.addAll(List.of("--live", "0", "--out", "run"));
        CommandLineProcess train = CommandLineProcess.start(folder, Map.of(), arguments);
        try {
            URI page = URI.create(found(train, Pattern.compile("live page: (\\S+)")));
            while (!get(page.resolve("/content")).contains("Tokens per second")) {
                assertThat(train.process().isAlive()).as(train.errors()).isTrue();
                Thread.sleep(200);
            }
            assertThat(get(page)).contains("data-live=\"content\"", "Learning rate", "The run goes on");
        } finally {
            train.process().destroy();
        }
        train.exitCode();
        assertThat(folder.resolve("run/report.html"))
                .content()
                .contains("was stopped before its end", "Learning rate", "trireme train --train 200");
    }

    private String found(CommandLineProcess process, Pattern pattern) throws IOException, InterruptedException {
        while (true) {
            Matcher matcher = pattern.matcher(process.errors());
            if (matcher.find()) {
                return matcher.group(1);
            }
            assertThat(process.process().isAlive()).as(process.errors()).isTrue();
            Thread.sleep(100);
        }
    }

    private static String get(URI address) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }
}
