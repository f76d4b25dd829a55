package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.ExitCode;
import dev.trireme.config.Json;
import dev.trireme.http.SelfSigned;
import dev.trireme.http.Tls;
import dev.trireme.serve.TinyFolder;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve} as a process that is sent signals. */
@Timeout(300)
class ServeCommandIT {
    private static final String LONG = "{\"prompt\": \"x\", \"max_tokens\": 3900, \"n\": 8}";

    @TempDir
    private static Path folder;

    private static String model;

    @BeforeAll
    static void write() {
        model = TinyFolder.write(folder.resolve("model"), 4000).toString();
    }

    private static CompletableFuture<HttpResponse<String>> runs(ServerProcess server) throws Exception {
        CompletableFuture<HttpResponse<String>> running = server.post(LONG);
        while (!running.isDone() && server.get("/metrics").contains("num_requests_running{model_name=\"model\"} 0")) {
            Thread.sleep(5);
        }
        return running;
    }

    @Test
    void sigtermLetsWhatRunsEndRefusesWhatComesAndExitsWithZero() throws Exception {
        ServerProcess server = ServerProcess.start(folder, "--model", model, "--drain", "60s");
        CompletableFuture<HttpResponse<String>> running = runs(server);
        server.terminate();
        while (server.get("/ready").contains("ready")) {
            Thread.sleep(5);
        }
        HttpResponse<String> refused = server.post(LONG).join();
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(Json.STRICT_FILE.readTree(refused.body()).at("/error/code").asText())
                .isEqualTo("draining");
        JsonNode answer = Json.STRICT_FILE.readTree(running.join().body());
        assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(8 * 3900);
        assertThat(server.process().exitCode()).as(server.process().errors()).isZero();
    }

    /** Streams and others, each by a line in no log: one line says how many. */
    @Test
    void aTimeToDrainThatIsOverCutsWhatRunsAndExitsWithZero() throws Exception {
        ServerProcess server = ServerProcess.start(folder, "--model", model, "--drain", "0s");
        List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            running.add(server.post(LONG));
            running.add(server.post(LONG.replace("}", ", \"stream\": true}")));
        }
        while (server.get("/metrics").matches("(?s).*num_requests_(running|waiting)\\{model_name=\"model\"} 0\n.*")) {
            Thread.sleep(5);
        }
        server.terminate();
        assertThat(server.process().exitCode()).as(server.process().errors()).isZero();
        assertThat(running).allSatisfy(one -> assertThat(one).failsWithin(Duration.ofSeconds(10)));
        assertThat(server.process().errors().lines().filter(line -> !line.startsWith("trireme: ")))
                .singleElement()
                .asString()
                .matches("\\[main] WARN .* [0-9]+ requests were cut: .*");
    }

    /** Loading takes a second or more, of libtorch alone. */
    @Test
    void itListensWhileTheModelIsLoaded() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        CommandLineProcess process = CommandLineProcess.start(
                folder, Map.of(), List.of("serve", "--model", model, "--port", Integer.toString(port)));
        ServerProcess server = new ServerProcess(process, "http://127.0.0.1:" + port);
        Optional<String> ready = Optional.empty();
        List<HttpResponse<String>> early = new ArrayList<>();
        while (process.process().isAlive() && !ready.equals(Optional.of("ready\n"))) {
            try {
                ready = Optional.of(server.get("/ready"));
                if (early.isEmpty()) {
                    assertThat(ready).hasValue("loading\n");
                    assertThat(server.get("/health")).isEqualTo("alive\n");
                    early.add(server.post(LONG).join());
                    assertThat(process.output()).isEmpty();
                }
            } catch (ConnectException e) {
                Thread.sleep(10);
            }
        }
        server.terminate();
        assertThat(process.exitCode()).as(process.errors()).isZero();
        assertThat(early.get(0).statusCode()).isEqualTo(503);
        assertThat(Json.STRICT_FILE
                        .readTree(early.get(0).body())
                        .at("/error/code")
                        .asText())
                .isEqualTo("loading");
    }

    @Test
    void aModelThatCannotBeLoadedEndsItWithOneLine() throws Exception {
        Path broken = TinyFolder.write(folder.resolve("broken"), 100);
        Files.write(broken.resolve("model.safetensors"), new byte[100]);
        ServerProcess server = ServerProcess.start(folder, "--model", broken.toString());
        assertThat(server.process().exitCode()).isEqualTo(ExitCode.BAD_INPUT.code());
        assertThat(server.process().output()).isEmpty();
        assertThat(server.process().errors().lines().filter(line -> !line.startsWith("trireme: loading")))
                .singleElement()
                .asString()
                .contains("model.safetensors");
    }

    @Test
    void anAddressThatOthersReachIsWarnedOf() throws Exception {
        String key = Files.writeString(folder.resolve("key.txt"), "s3cret\n").toString();
        Tls files = SelfSigned.make(folder, "EC").files();
        warns("0.0.0.0 is not loopback and there is no --api-key-file: ");
        warns("0.0.0.0 is not loopback and there is no --tls-key: ", "--api-key-file", key);
        warns(
                "0.0.0.0 is not loopback: ",
                "--api-key-file",
                key,
                "--tls-key",
                files.key().toString(),
                "--tls-certificate",
                files.certificate().toString());
    }

    private static void warns(String warning, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of("--model", model, "--host", "0.0.0.0"));
        all.addAll(List.of(options));
        ServerProcess server = ServerProcess.start(folder, all.toArray(String[]::new));
        server.terminate();
        assertThat(server.process().exitCode()).isZero();
        assertThat(server.process().errors().lines().filter(line -> line.contains("loopback")))
                .singleElement()
                .asString()
                .contains(warning);
    }
}
