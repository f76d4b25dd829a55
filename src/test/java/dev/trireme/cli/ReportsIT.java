package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

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

    @Test
    void aModelThatDoesNotFitIsRefusedBeforeAnythingIsMeasured() {
        Path report = folder.resolve("report");
        assertThat(run("bench", "model-parallel", "--shape", "llama2-7b", "--out", report.toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .startsWith("trireme: the model's weights, gradients, optimizer state and activations, twice")
                .endsWith(" are free; use a narrower --shape, such as llama2-7b/32" + System.lineSeparator());
        assertThat(report).doesNotExist();
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
