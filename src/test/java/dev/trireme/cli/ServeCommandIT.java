package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.ExitCode;
import dev.trireme.config.Json;
import dev.trireme.http.SelfSigned;
import dev.trireme.http.Tls;
import dev.trireme.serve.TinyFolder;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
        List<HttpResponse<String>> told = new ArrayList<>();
        for (CompletableFuture<HttpResponse<String>> one : running) {
            one.handle((reply, failure) -> reply == null || told.add(reply)).get(10, TimeUnit.SECONDS);
        }
        assertThat(told).allSatisfy(reply -> assertThat(reply.body()).containsPattern("\"code\":\"(ended|draining)\""));
        assertThat(told)
                .filteredOn(reply -> reply.body().contains("\"code\":\"ended\""))
                .extracting(HttpResponse::statusCode)
                .contains(503, 200); // of a stream, which had begun
        assertThat(server.process().errors().lines().filter(line -> !line.startsWith("trireme: ")))
                .singleElement()
                .asString()
                .matches("\\[main] WARN .* [0-9]+ requests? (was|were) cut: .*");
    }

    /** Loading takes a second or more, of libtorch alone; on a machine so busy that it was over first, once more. */
    @Test
    void itListensWhileTheModelIsLoaded() throws Exception {
        String replies = "";
        for (int i = 0; i < 5 && !replies.contains("loading\n"); i++) {
            replies = repliesOfAServerThatStarts();
        }
        assertThat(replies)
                .containsSubsequence(
                        "HTTP/1.1 503 ",
                        "loading\n",
                        "HTTP/1.1 200 ",
                        "alive\n",
                        "HTTP/1.1 503 ",
                        "\"code\":\"loading\"");
    }

    /** To requests that come on one connection, as soon as there can be one. */
    private static String repliesOfAServerThatStarts() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        CommandLineProcess process = CommandLineProcess.start(
                folder, Map.of(), List.of("serve", "--model", model, "--port", Integer.toString(port)));
        String head = " HTTP/1.1\r\nHost: localhost\r\n";
        String requests = "GET /ready" + head + "\r\nGET /health" + head + "\r\nPOST /v1/completions" + head
                + "Connection: close\r\nContent-Length: 0\r\n\r\n";
        Optional<String> replies = Optional.empty();
        while (process.process().isAlive() && replies.isEmpty()) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.getOutputStream().write(requests.getBytes(StandardCharsets.UTF_8));
                replies = Optional.of(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            } catch (ConnectException e) {
                Thread.sleep(5);
            }
        }
        while (process.process().isAlive() && !process.output().contains("serving ")) {
            Thread.sleep(20);
        }
        process.process().destroy();
        assertThat(process.exitCode()).as(process.errors()).isZero();
        return replies.orElseThrow();
    }

    @Test
    void aModelThatCannotBeLoadedEndsItWithOneLine() throws Exception {
        for (String file : List.of("model.safetensors", "tokenizer.json")) {
            Path broken = TinyFolder.write(folder.resolve("broken-" + file), 100);
            Files.write(broken.resolve(file), new byte[100]);
            ServerProcess server = ServerProcess.start(folder, "--model", broken.toString());
            assertThat(server.process().exitCode()).isEqualTo(ExitCode.BAD_INPUT.code());
            assertThat(server.process().output()).isEmpty();
            assertThat(server.process()
                            .errors()
                            .lines()
                            .filter(line -> !line.matches("trireme: (loading|no /v1/chat).*")))
                    .singleElement()
                    .asString()
                    .contains(broken.resolve(file).toString());
        }
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
