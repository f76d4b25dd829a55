package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.EngineException;
import dev.trireme.generate.FaultyEngine;
import dev.trireme.generate.TextModel;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stage that throws, or has no memory left: what it computes fails by an error object, and all else goes on. */
@Timeout(120)
class FaultsIT {
    private static final List<RuntimeException> FAULTS = List.of(
            new IllegalStateException("a stage broke"),
            new EngineException(EngineException.Kind.OUT_OF_MEMORY, "cuda:0: out of memory"));
    private static final String FIRST = "'prompt': 'Das Haus', 'max_tokens': 20";
    private static final String SECOND = "{'prompt': 'Ein Baum', 'max_tokens': 20, 'temperature': 0}";

    private interface Check {
        void run(FaultyEngine faulty, Calls calls) throws Exception;
    }

    private static void serve(int copies, Check check) throws Exception {
        try (Tokenizer tokenizer = Tokenizer.open(Path.of("src/test/resources/golden/bpe-tiny/tokenizer.json"));
                FaultyEngine faulty = new FaultyEngine(copies, 600);
                ModelServer server = ModelServer.start(
                        new TextModel("faulty", faulty.engine(), tokenizer, Optional.empty()),
                        ServerConfig.DEFAULTS.on("127.0.0.1", 0))) {
            check.run(faulty, new Calls(server));
        }
    }

    @Test
    void theRequestThatRunsFailsAndTheOneThatWaitsIsAnswered() throws Exception {
        serve(1, (faulty, calls) -> {
            JsonNode expected = calls.post("/v1/completions", SECOND).path("choices");
            for (RuntimeException fault : FAULTS) {
                for (boolean stream : new boolean[] {false, true}) {
                    faulty.failOnce(fault);
                    CompletableFuture<HttpResponse<String>> failed =
                            calls.sendAsync("/v1/completions", "{" + FIRST + ", 'stream': " + stream + "}");
                    while (faulty.engine().metrics().requests() == 0) {
                        Thread.sleep(1);
                    }
                    assertThat(calls.post("/v1/completions", SECOND).path("choices"))
                            .isEqualTo(expected);
                    requireFailed(failed.join(), stream);
                }
            }
            assertThat(calls.get("/ready").statusCode()).isEqualTo(200);
            assertThat(calls.get("/metrics").body())
                    .contains("trireme:requests_failed_total{model_name=\"faulty\"} " + 2 * FAULTS.size() + "\n");
        });
    }

    /** A stream has begun with 200: its error is its last event. Neither says more than that it failed. */
    private static void requireFailed(HttpResponse<String> response, boolean stream) {
        assertThat(response.statusCode()).isEqualTo(stream ? 200 : 500);
        List<String> events =
                response.body().lines().filter(line -> !line.isEmpty()).toList();
        JsonNode error = Calls.read(events.get(0).replaceFirst("^data: ", "")).path("error");
        assertThat(error.path("type").asText()).isEqualTo("server_error");
        assertThat(error.path("code").asText()).isEqualTo("generation_failed");
        assertThat(response.body()).doesNotContain("broke", "memory");
        assertThat(events.subList(1, events.size())).isEqualTo(stream ? List.of("data: [DONE]") : List.of());
    }

    /** Its requests go on on the other copy. */
    @Test
    void aCopyThatFailsIsMadeUpForByAnother() throws Exception {
        serve(2, (faulty, calls) -> {
            String first = "{" + FIRST + ", 'temperature': 0}";
            JsonNode expected = calls.post("/v1/completions", first).path("choices");
            faulty.failOnce(FAULTS.get(0));
            CompletableFuture<HttpResponse<String>> moved = calls.sendAsync("/v1/completions", first);
            while (faulty.engine().metrics().requests() == 0) {
                Thread.sleep(1);
            }
            calls.post("/v1/completions", SECOND);
            assertThat(Calls.read(moved.join().body()).path("choices")).isEqualTo(expected);
            assertThat(calls.get("/ready").statusCode()).isEqualTo(200);
            assertThat(faulty.engine().metrics().copies().stream().filter(copy -> copy.alive()))
                    .hasSize(1);
        });
    }
}
