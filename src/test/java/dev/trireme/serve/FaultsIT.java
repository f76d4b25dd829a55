package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.EngineException;
import dev.trireme.generate.FaultyEngine;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Request;
import dev.trireme.generate.RequestListener;
import dev.trireme.generate.TextModel;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
                    .contains("trireme:requests_failed_total{model_name=\"faulty\"} " + 2 * FAULTS.size() + "\n")
                    .contains("finished_reason=\"error\"} " + 2 * FAULTS.size() + "\n")
                    .contains("finished_reason=\"abort\"} 0\n");
        });
    }

    /** Two texts of an embedding: the first fails while the second waits. */
    @Test
    void aLineOfALogThatFailsIsToldAndTheOthersAreRun(@TempDir Path folder) throws Exception {
        String time = "\"time\":\"2026-01-01T00:00Z\"";
        Path log = Files.write(
                folder.resolve("calls.jsonl"),
                List.of(
                        "{\"path\":\"/v1/embeddings\"," + time + ",\"body\":{\"input\":[[5],[6]]}}",
                        "{\"path\":\"/v1/completions\"," + time + ",\"body\":{\"prompt\":[5],\"seed\":1}}"));
        try (Tokenizer tokenizer = Tokenizer.open(Path.of("src/test/resources/golden/bpe-tiny/tokenizer.json"));
                FaultyEngine faulty = new FaultyEngine(1, 600)) {
            TextModel model = new TextModel("faulty", faulty.engine(), tokenizer, Optional.empty());
            Fingerprints some = TinyServer.receipts().fingerprints();
            List<Replay.Result> results = new ArrayList<>();
            faulty.failOnce(FAULTS.get(0));
            assertThat(new Replay(model, some, 1).run(log, results::add)).isEqualTo(2);
            assertThat(results.get(0).failure())
                    .hasValueSatisfying(why -> assertThat(why).contains("a stage broke"));
            assertThat(results.get(1).failure()).isEmpty();
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> new Replay(model, some, 1).run(log, results::add))
                    .isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void aReplayThatIsInterruptedWhileItComputesSaysSo(@TempDir Path folder) throws Exception {
        Path log = Files.writeString(
                folder.resolve("calls.jsonl"),
                "{\"path\":\"/v1/embeddings\",\"time\":\"2026-01-01T00:00Z\",\"body\":{\"input\":[5]}}\n");
        try (Tokenizer tokenizer = Tokenizer.open(Path.of("src/test/resources/golden/bpe-tiny/tokenizer.json"));
                FaultyEngine faulty = new FaultyEngine(1, 600)) {
            TextModel model = new TextModel("faulty", faulty.engine(), tokenizer, Optional.empty());
            Replay replay = new Replay(model, TinyServer.receipts().fingerprints(), 1);
            faulty.failOnce(FAULTS.get(0)); // it waits for another request, which comes once the first is waited for
            Thread replaying = Thread.currentThread();
            CompletableFuture<Void> interrupts = CompletableFuture.runAsync(() -> {
                while (faulty.engine().metrics().requests() == 0) {
                    Thread.onSpinWait();
                }
                replaying.interrupt();
            });
            CompletableFuture<Void> ends = interrupts.thenRun(() -> faulty.engine()
                    .submit(Request.of(new int[] {5}, GenerateOptions.upTo(1)), new RequestListener() {}));
            assertThatThrownBy(() -> replay.run(log, result -> {})).isInstanceOf(InterruptedException.class);
            ends.join();
        }
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

    /** An engine that hangs: its request ends neither by itself nor when it is cut. */
    @Test
    void closingASecondTimeWaitsForNothing() throws Exception {
        try (Tokenizer tokenizer = Tokenizer.open(Path.of("src/test/resources/golden/bpe-tiny/tokenizer.json"));
                FaultyEngine faulty = new FaultyEngine(1, 600)) {
            ModelServer server = ModelServer.start(
                    new TextModel("faulty", faulty.engine(), tokenizer, Optional.empty()),
                    ServerConfig.DEFAULTS.on("127.0.0.1", 0).withDrain(Duration.ofSeconds(2)));
            faulty.failOnce(FAULTS.get(0)); // once another request comes
            CompletableFuture<HttpResponse<String>> cut =
                    new Calls(server).sendAsync("/v1/embeddings", "{'input': [5]}");
            while (faulty.engine().metrics().requests() == 0) {
                Thread.sleep(1);
            }
            server.close();
            assertThat(cut).failsWithin(Duration.ofSeconds(10));
            assertThat(CompletableFuture.runAsync(server::close)).succeedsWithin(Duration.ofSeconds(1));
            faulty.engine().submit(Request.of(new int[] {5}, GenerateOptions.upTo(1)), new RequestListener() {});
        }
    }
}
