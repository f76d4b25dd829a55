package dev.trireme.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.Json;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.generate.AdapterFolders;
import dev.trireme.generate.Engine;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Request;
import dev.trireme.generate.TextModel;
import dev.trireme.generate.TextRun;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a server answers, on a real engine of two copies of two stages behind real sockets. */
@Timeout(300)
class AnswersIT {
    @AutoClose
    private static TinyServer tiny;

    private static Calls calls;
    private static Tokenizer tokenizer;
    private static Engine engine;

    @BeforeAll
    static void start() {
        tiny = TinyServer.start();
        calls = tiny.calls();
        tokenizer = tiny.tokenizer();
        engine = tiny.engine();
    }

    @Test
    void aCompletionIsTheEnginesAnswer() throws Exception {
        int[] prompt = tokenizer.encodePrompt("Das Haus");
        int[] expected = engine.answer(Request.of(prompt, GenerateOptions.upTo(20)))
                .choices()
                .get(0)
                .ids();
        JsonNode answer = calls.post(
                "/v1/completions", "{'model': 'tiny', 'prompt': 'Das Haus', 'max_tokens': 20, 'temperature': 0}");
        assertThat(answer.at("/choices/0/text").asText()).isEqualTo(tokenizer.decode(expected));
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(answer.at("/object").asText()).isEqualTo("text_completion");
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(prompt.length);
        assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(20);
        assertThat(answer.at("/usage/total_tokens").asInt()).isEqualTo(prompt.length + 20);
    }

    @Test
    void textEndsBeforeAStopText() throws Exception {
        String body = "'prompt': 'Das', 'max_tokens': 40, 'temperature': 0";
        String whole = calls.post("/v1/completions", "{" + body + "}")
                .at("/choices/0/text")
                .asText();
        String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 3);
        JsonNode cut = calls.post("/v1/completions", "{" + body + ", 'stop': " + Json.tree(stop) + "}");
        assertThat(cut.at("/choices/0/text").asText()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(cut.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    }

    @Test
    void logProbabilitiesAreThoseOfTheEngine() throws Exception {
        JsonNode answer = calls.post(
                "/v1/completions",
                "{'prompt': [5, 6, 7], 'max_tokens': 4, 'temperature': 0, 'logprobs': 2, 'echo': true}");
        JsonNode probabilities = answer.at("/choices/0/logprobs");
        assertThat(probabilities.path("tokens")).hasSize(7);
        assertThat(probabilities.at("/token_logprobs/0").isNull()).isTrue();
        double[] expected = engine.answer(
                        Request.of(new int[] {5, 6, 7}, GenerateOptions.upTo(4).withLogProbabilities(true)))
                .choices()
                .get(0)
                .logProbabilities();
        for (int i = 0; i < 4; i++) {
            assertThat(probabilities.at("/token_logprobs/" + (3 + i)).doubleValue())
                    .isEqualTo(expected[i]);
            assertThat(probabilities.at("/top_logprobs/" + (3 + i))).hasSize(2);
        }
        JsonNode chat = calls.post(
                "/v1/chat/completions",
                "{'messages': [{'role': 'user', 'content': 'x'}], 'max_tokens': 3, 'logprobs': true, 'top_logprobs': 4}");
        assertThat(chat.at("/choices/0/logprobs/content")).hasSize(3);
        assertThat(chat.at("/choices/0/logprobs/content/0/top_logprobs")).hasSize(4);
    }

    /** A token that is a part of a character has no bytes, and all others have those of their text. */
    @Test
    void tokensHaveTheBytesOfTheirText() throws Exception {
        JsonNode answer = calls.post(
                "/v1/chat/completions",
                "{'messages': [{'role': 'user', 'content': 'x'}], 'max_tokens': 20, 'logprobs': true, 'top_logprobs': 20}");
        int parts = 0;
        for (JsonNode token : answer.at("/choices/0/logprobs/content")) {
            for (JsonNode ranked : token.path("top_logprobs")) {
                String text = ranked.path("token").textValue();
                if (text.contains("\uFFFD")) {
                    parts++;
                    assertThat(ranked.path("bytes").isNull()).isTrue();
                } else {
                    List<Integer> bytes = new ArrayList<>();
                    ranked.path("bytes").forEach(one -> bytes.add(one.intValue()));
                    assertThat(bytes)
                            .isEqualTo(IntStream.range(0, text.getBytes(UTF_8).length)
                                    .mapToObj(i -> text.getBytes(UTF_8)[i] & 0xff)
                                    .toList());
                }
            }
        }
        assertThat(parts).isPositive();
    }

    @Test
    void partsOfTextAreOneText() throws Exception {
        String options = ", 'max_tokens': 12, 'seed': 3}";
        JsonNode whole = calls.post(
                "/v1/chat/completions", "{'messages': [{'role': 'user', 'content': 'Das\\nHaus'}]" + options);
        JsonNode parts = calls.post(
                "/v1/chat/completions",
                "{'messages': [{'role': 'user', 'content': [{'type': 'text', 'text': 'Das'}, {'type': 'text', 'text': 'Haus'}]}]"
                        + options);
        assertThat(parts.at("/choices/0/message/content")).isEqualTo(whole.at("/choices/0/message/content"));
        HttpResponse<String> image = calls.send(
                "/v1/chat/completions",
                "{'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {'url': 'x'}}]}]}");
        assertThat(image.statusCode()).isEqualTo(400);
        assertThat(Calls.read(image.body()).at("/error/message").asText())
                .isEqualTo(
                        "messages[0].content has a part of type 'image_url', and the model reads texts alone; give parts such as"
                                + " {\"type\": \"text\", \"text\": …}, or a string");
    }

    @Test
    void whatATemplateRefusesIsToldWithoutItsPath() throws Exception {
        HttpResponse<String> refused =
                calls.send("/v1/chat/completions", "{'messages': [{'role': 'robot', 'content': 'a/b: c'}]}");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(Calls.read(refused.body()).at("/error/message").asText())
                .isEqualTo("The chat template cannot write these messages: the template refuses this: no robots");
    }

    @Test
    void manyCallersGetWhatEachGetsAlone() throws Exception {
        List<String> bodies = IntStream.range(0, 24)
                .mapToObj(i -> "{'prompt': 'Satz " + i + "', 'max_tokens': " + (5 + i) + ", 'seed': " + i + "}")
                .toList();
        List<String> alone = new ArrayList<>();
        for (String body : bodies) {
            alone.add(calls.post("/v1/completions", body).at("/choices/0/text").asText());
        }
        List<CompletableFuture<String>> together = bodies.stream()
                .map(body -> calls.sendAsync("/v1/completions", body)
                        .thenApply(response -> Calls.read(response.body())
                                .at("/choices/0/text")
                                .asText()))
                .toList();
        assertThat(together.stream().map(CompletableFuture::join)).isEqualTo(alone);
    }

    /** As OpenAI's seed, which is of the whole call: a prompt that comes again is no copy of the first. */
    @Test
    void aPromptThatComesAgainDrawsAnewAndOthersAsAlone() throws Exception {
        String several = "'prompt': ['Das', 'Das', 'Haus', 'Das'], 'max_tokens': 16";
        List<String> seeded = texts("{" + several + ", 'seed': 7}");
        assertThat(texts("{" + several + ", 'seed': 7}")).isEqualTo(seeded);
        assertThat(Set.of(seeded.get(0), seeded.get(1), seeded.get(3))).hasSize(3);
        assertThat(texts("{'prompt': 'Das', 'max_tokens': 16, 'seed': 7}")).containsExactly(seeded.get(0));
        assertThat(texts("{'prompt': 'Haus', 'max_tokens': 16, 'seed': 7}")).containsExactly(seeded.get(2));
        List<String> random = texts("{" + several + "}");
        assertThat(new HashSet<>(random)).hasSize(4);
        assertThat(texts("{" + several + "}")).isNotEqualTo(random);
    }

    private static List<String> texts(String body) throws Exception {
        return calls.post("/v1/completions", body).path("choices").findValuesAsText("text");
    }

    @Test
    void theModelIsListedAndCounted() throws Exception {
        calls.post("/v1/completions", "{'prompt': 'x', 'max_tokens': 3}");
        assertThat(Calls.read(calls.get("/v1/models").body()).at("/data/0/id").asText())
                .isEqualTo("tiny");
        assertThat(Calls.read(calls.get("/v1/models/tiny").body()).path("id").asText())
                .isEqualTo("tiny");
        assertThat(Calls.read(calls.get("/v1/models/nix").body())
                        .at("/error/code")
                        .asText())
                .isEqualTo("model_not_found");
        assertThat(calls.get("/metrics").body())
                .contains("# TYPE vllm:num_requests_running gauge", "vllm:kv_cache_usage_perc{model_name=\"tiny\"}")
                .containsPattern("vllm:generation_tokens_total\\{model_name=\"tiny\"} [1-9]")
                .contains("trireme:stage_idle_seconds_total{model_name=\"tiny\",copy=\"1\",stage=\"1\"}")
                .contains(
                        "vllm:num_preemptions_total{",
                        "vllm:prefix_cache_hits_total{",
                        "vllm:prefix_cache_queries_total{")
                .containsPattern("trireme:weight_bytes_read_total\\{model_name=\"tiny\",copy=\"0\"} [1-9]")
                .containsPattern("trireme:active_seconds_total\\{model_name=\"tiny\",copy=\"0\"} [0-9]+\\.[0-9]")
                .doesNotContain("memory_limit"); // it was not measured
    }

    /** The client of the first left while it read the end; that of the second before there was any. */
    @Test
    void aRunIsCountedByItsOwnEnd() throws Exception {
        RequestCounts counts = new RequestCounts();
        counts.count(run(3, new CountDownLatch(1), true));
        TextRun early = run(1900, new CountDownLatch(1), false);
        early.cancel();
        counts.count(early);
        assertThat(counts.ended(RequestCounts.End.LENGTH)).isEqualTo(1);
        assertThat(counts.ended(RequestCounts.End.ABORT)).isEqualTo(1);
    }

    private static TextRun run(int tokens, CountDownLatch over, boolean waits) throws InterruptedException {
        TextRun run = TextRun.start(
                tiny.engine(),
                Request.of(new int[] {5}, GenerateOptions.upTo(tokens)),
                tiny.tokenizer(),
                List.of(),
                new TextRun.Follower() {
                    @Override
                    public void piece(int choice, String piece) {}

                    @Override
                    public void ended(TextRun ended) {
                        over.countDown();
                    }
                });
        if (waits) {
            over.await();
        }
        return run;
    }

    @Test
    void aMemoryLimitThatCannotBeMeasuredIsNone() {
        assertThat(MemoryLimit.bytesPerSecond("cpu", 1L << 60)).isEmpty();
    }

    /** On a server of its own, where nothing else runs: so many texts of so many tokens. */
    @Test
    void everyRequestIsCountedAndTimed() throws Exception {
        try (ModelServer server =
                ModelServer.listen(ServerConfig.DEFAULTS.on("127.0.0.1", 0).withApiKey(TinyServer.KEY))) {
            server.serve(tiny.model(), TinyServer.receipts(), MemoryLimit.bytesPerSecond("cpu"));
            Calls own = new Calls(server);
            own.post("/v1/completions", "{'prompt': [5, 6, 7], 'max_tokens': 4, 'n': 2}");
            own.stream("/v1/completions", "{'prompt': [5, 6], 'max_tokens': 3, 'stream': true}");
            own.post("/v1/embeddings", "{'input': [[8, 9]]}");
            own.post("/v1/completions", "{'prompt': [5, 6], 'max_tokens': 0, 'echo': true, 'logprobs': 0}");
            try (Socket leaves =
                    own.connect("/v1/completions", "{'prompt': [5], 'max_tokens': 1900, 'stream': true}")) {
                assertThat(leaves.getInputStream().readNBytes(200)).hasSize(200);
            }
            Map<String, Double> page = numbers(own);
            while (page.getOrDefault("vllm:request_success_total{finished_reason=\"abort\"}", 1.0) == 0) {
                Thread.sleep(10);
                page = numbers(own);
            }
            assertThat(page)
                    .containsEntry("vllm:prompt_tokens_total", 3 + 2 + 2 + 2 + 1.0)
                    .containsEntry("vllm:request_success_total{finished_reason=\"length\"}", 4.0)
                    .containsEntry("vllm:request_success_total{finished_reason=\"stop\"}", 0.0)
                    .containsEntry("vllm:request_success_total{finished_reason=\"error\"}", 0.0)
                    .containsEntry("vllm:request_success_total{finished_reason=\"abort\"}", 1.0)
                    .containsEntry("vllm:request_queue_time_seconds_count", 3.0)
                    .containsEntry("vllm:time_to_first_token_seconds_count", 2.0)
                    .containsEntry("vllm:inter_token_latency_seconds_count", 3 + 2.0)
                    .containsEntry("vllm:inter_token_latency_seconds_bucket{le=\"+Inf\"}", 3 + 2.0)
                    .containsEntry("vllm:e2e_request_latency_seconds_count", 3.0);
            assertThat(page.get("trireme:memory_limit_bytes_per_second")).isPositive();
            double first = page.getOrDefault("vllm:time_to_first_token_seconds_sum", Double.NaN);
            double between = page.getOrDefault("vllm:inter_token_latency_seconds_sum", Double.NaN);
            assertThat(page.get("vllm:e2e_request_latency_seconds_sum"))
                    .isGreaterThan(first + between)
                    .isGreaterThan(page.get("vllm:request_queue_time_seconds_sum"));
        }
    }

    /** Nothing is computed for it but its tokens. */
    @Test
    void aPromptIsEchoedAloneWithoutReceiptsToo() throws Exception {
        try (ModelServer server = ModelServer.start(
                tiny.model(), ServerConfig.DEFAULTS.on("127.0.0.1", 0).withApiKey(TinyServer.KEY))) {
            JsonNode answer = new Calls(server)
                    .post("/v1/completions", "{'prompt': 'Das Haus', 'echo': true, 'max_tokens': 0, 'n': 2}");
            assertThat(answer.at("/choices/1/text").asText()).isEqualTo("Das Haus");
            assertThat(answer.at("/choices/1/logprobs").isNull()).isTrue();
        }
    }

    private static Map<String, Double> numbers(Calls of) throws Exception {
        return of.get("/metrics")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#") && !line.contains("copy="))
                .map(line -> line.replace("model_name=\"tiny\"", "")
                        .replace("{,", "{")
                        .replace("{}", ""))
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.lastIndexOf(' ')),
                        line -> Double.valueOf(line.substring(line.lastIndexOf(' ')))));
    }

    @Test
    void textAndIdsAreConverted() throws Exception {
        JsonNode tokens = calls.post("/tokenize", "{'prompt': 'Das Haus'}").path("tokens");
        assertThat(tokens).hasSize(tokenizer.encodePrompt("Das Haus").length);
        assertThat(calls.post("/detokenize", "{'tokens': " + tokens + "}")
                        .path("prompt")
                        .asText())
                .isEqualTo("Das Haus");
    }

    @Test
    void adaptersAreModelsOfTheirOwnNames(@TempDir Path adapters) throws Exception {
        Map<String, Path> named = Map.of(
                "mine", AdapterFolders.write(adapters.resolve("mine"), TinyServer.SHAPE, "attn,fc", 4, 1),
                "theirs", AdapterFolders.write(adapters.resolve("theirs"), TinyServer.SHAPE, "all", 2, 2));
        try (Engine adapted = TinyServer.engine(16, named);
                ModelServer server = ModelServer.start(
                        new TextModel("tiny", adapted, tokenizer, Optional.empty()),
                        ServerConfig.DEFAULTS.on("127.0.0.1", 0))) {
            Calls several = new Calls(server);
            JsonNode models = Calls.read(several.get("/v1/models").body()).at("/data");
            assertThat(models.findValuesAsText("id")).containsExactly("tiny", "mine", "theirs");
            assertThat(models.get(1).get("parent").textValue()).isEqualTo("tiny");
            Set<String> texts = new HashSet<>();
            for (String name : List.of("tiny", "mine", "theirs")) {
                String body = "{'model': '" + name + "', 'prompt': 'x', 'max_tokens': 12, 'temperature': 0}";
                JsonNode answer = several.post("/v1/completions", body);
                assertThat(answer.get("model").textValue()).isEqualTo(name);
                texts.add(answer.at("/choices/0/text").textValue());
            }
            assertThat(texts).hasSize(3);
            HttpResponse<String> unknown = several.send("/v1/completions", "{'model': 'ours', 'prompt': 'x'}");
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(unknown.body())
                    .contains("The model 'ours' does not exist; this server has 'tiny', 'mine', 'theirs'.");
        }
        assertThatThrownBy(() -> {
                    try (Engine adapted = TinyServer.engine(16, Map.of("tiny", named.get("mine")))) {
                        new TextModel("tiny", adapted, tokenizer, Optional.empty());
                    }
                })
                .hasMessage("the model and an adapter are both called tiny; rename one");
    }
}
