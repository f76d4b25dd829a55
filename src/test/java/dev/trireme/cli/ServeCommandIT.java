package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.Json;
import dev.trireme.serve.TinyFolder;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
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

    @Test
    void aTimeToDrainThatIsOverCutsWhatRunsAndExitsWithZero() throws Exception {
        ServerProcess server = ServerProcess.start(folder, "--model", model, "--drain", "0s");
        CompletableFuture<HttpResponse<String>> running = runs(server);
        server.terminate();
        assertThat(server.process().exitCode()).as(server.process().errors()).isZero();
        assertThat(running).failsWithin(Duration.ofSeconds(10));
    }

    @Test
    void anAddressThatOthersReachIsWarnedOf() throws Exception {
        ServerProcess server = ServerProcess.start(folder, "--model", model, "--host", "0.0.0.0");
        server.terminate();
        assertThat(server.process().exitCode()).isZero();
        assertThat(server.process().errors()).contains("0.0.0.0 is not loopback and there is no --api-key-file");
    }
}
