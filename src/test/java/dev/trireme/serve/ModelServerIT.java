package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.Json;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.generate.AdapterFolders;
import dev.trireme.generate.Engine;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Request;
import dev.trireme.http.HttpLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** A real engine of two copies of two stages behind real sockets. */
@Timeout(300)
class ModelServerIT {
    private static final String KEY = TinyServer.KEY;

    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static Tokenizer tokenizer;
    private static Engine engine;
    private static ModelServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeAll
    static void serve() throws IOException {
        tiny = TinyServer.start(folder);
        tokenizer = tiny.tokenizer();
        engine = tiny.engine();
        server = tiny.server();
    }

    @AfterAll
    static void close() {
        tiny.close();
    }

    @Test
    void aCompletionIsTheEnginesAnswer() throws Exception {
        int[] prompt = tokenizer.encodePrompt("Das Haus");
        int[] expected = engine.answer(Request.of(prompt, GenerateOptions.upTo(20)))
                .choices()
                .get(0)
                .ids();
        JsonNode answer =
                post("/v1/completions", "{'model': 'tiny', 'prompt': 'Das Haus', 'max_tokens': 20, 'temperature': 0}");
        assertThat(answer.at("/choices/0/text").asText()).isEqualTo(tokenizer.decode(expected));
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(answer.at("/object").asText()).isEqualTo("text_completion");
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(prompt.length);
        assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(20);
        assertThat(answer.at("/usage/total_tokens").asInt()).isEqualTo(prompt.length + 20);
    }

    @Test
    void aStreamHasTheTextOfTheWholeAnswer() throws Exception {
        String body = "'messages': [{'role': 'user', 'content': 'Hallo'}], 'max_tokens': 30, 'seed': 5, 'n': 2";
        JsonNode whole = post("/v1/chat/completions", "{" + body + "}");
        List<JsonNode> chunks = stream(
                "/v1/chat/completions", "{" + body + ", 'stream': true, 'stream_options': {'include_usage': true}}");
        for (int choice = 0; choice < 2; choice++) {
            StringBuilder text = new StringBuilder();
            for (JsonNode chunk : chunks) {
                JsonNode part = chunk.at("/choices/0");
                if (part.path("index").asInt(-1) == choice) {
                    text.append(part.at("/delta/content").asText());
                }
            }
            assertThat(text)
                    .hasToString(
                            whole.at("/choices/" + choice + "/message/content").asText());
        }
        assertThat(chunks.get(0).at("/choices/0/delta/role").asText()).isEqualTo("assistant");
        assertThat(chunks.get(chunks.size() - 1).path("usage")).isEqualTo(whole.path("usage"));
        assertThat(chunks).allMatch(chunk -> chunk.path("object").asText().equals("chat.completion.chunk"));
    }

    @Test
    void textEndsBeforeAStopText() throws Exception {
        String body = "'prompt': 'Das', 'max_tokens': 40, 'temperature': 0";
        String whole =
                post("/v1/completions", "{" + body + "}").at("/choices/0/text").asText();
        String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 3);
        JsonNode cut = post("/v1/completions", "{" + body + ", 'stop': " + Json.tree(stop) + "}");
        assertThat(cut.at("/choices/0/text").asText()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(cut.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    }

    @Test
    void logProbabilitiesAreThoseOfTheEngine() throws Exception {
        JsonNode answer = post(
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
        JsonNode chat = post(
                "/v1/chat/completions",
                "{'messages': [{'role': 'user', 'content': 'x'}], 'max_tokens': 3, 'logprobs': true, 'top_logprobs': 4}");
        assertThat(chat.at("/choices/0/logprobs/content")).hasSize(3);
        assertThat(chat.at("/choices/0/logprobs/content/0/top_logprobs")).hasSize(4);
    }

    @Test
    void manyCallersGetWhatEachGetsAlone() throws Exception {
        List<String> bodies = IntStream.range(0, 24)
                .mapToObj(i -> "{'prompt': 'Satz " + i + "', 'max_tokens': " + (5 + i) + ", 'seed': " + i + "}")
                .toList();
        List<String> alone = new ArrayList<>();
        for (String body : bodies) {
            alone.add(post("/v1/completions", body).at("/choices/0/text").asText());
        }
        List<CompletableFuture<String>> together = bodies.stream()
                .map(body -> client.sendAsync(request("/v1/completions", body), HttpResponse.BodyHandlers.ofString())
                        .thenApply(response ->
                                read(response.body()).at("/choices/0/text").asText()))
                .toList();
        assertThat(together.stream().map(CompletableFuture::join)).isEqualTo(alone);
    }

    /** Path, body, status, code and the parameter that is to blame. */
    @ParameterizedTest
    @CsvFileSource(
            resources = "/serve/bad-requests.txt",
            delimiter = '|',
            quoteCharacter = '`',
            maxCharsPerColumn = 100_000)
    void aBadRequestGetsItsErrorObject(String path, String body, int status, String code, String parameter)
            throws Exception {
        HttpResponse<String> response = client.send(request(path, body), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode error = read(response.body()).path("error");
        assertThat(error.path("code").asText()).as(response.body()).isEqualTo(code);
        assertThat(error.path("message").asText()).isNotEmpty();
        assertThat(error.path("param").asText("-")).isEqualTo(parameter);
    }

    @Test
    void bodiesHaveABound() throws Exception {
        String body = "{\"prompt\": \"" + "x".repeat(9 << 20) + "\"}";
        HttpResponse<String> large =
                client.send(request("/v1/completions", body), HttpResponse.BodyHandlers.ofString());
        assertThat(large.statusCode()).isEqualTo(413);
        String deep = "{\"prompt\": " + "[".repeat(100_000);
        HttpResponse<String> nested =
                client.send(request("/v1/completions", deep), HttpResponse.BodyHandlers.ofString());
        assertThat(nested.statusCode()).isEqualTo(400);
        byte[] bytes = {'{', '"', (byte) 0xff, '"', ':', '1', '}'};
        HttpRequest broken = HttpRequest.newBuilder(URI.create(server.address() + "/v1/completions"))
                .header("Authorization", "Bearer " + KEY)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build();
        assertThat(client.send(broken, HttpResponse.BodyHandlers.ofString()).body())
                .contains("it is not UTF-8");
    }

    /** Pages of other origins may send bodies of other types, or of none, without being asked first. */
    @Test
    void onlyJsonIsRead() throws Exception {
        for (String type : new String[] {"", "text/plain", "application/x-www-form-urlencoded"}) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.address() + "/v1/completions"))
                    .header("Authorization", "Bearer " + KEY)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"x\"}"));
            if (!type.isEmpty()) {
                request.header("Content-Type", type);
            }
            assertThat(client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(415);
        }
    }

    /** Also beside more requests than the server has threads for. */
    @Test
    void moreRequestsThanMayBeUnderWayAreRefusedAndHealthIsAnswered() throws Exception {
        ServerConfig few = new ServerConfig(
                "127.0.0.1", 0, Optional.empty(), Optional.empty(), HttpLimits.DEFAULTS, 4, Duration.ZERO);
        try (ModelServer narrow = ModelServer.start(tiny.model(), few)) {
            List<CompletableFuture<HttpResponse<String>>> sent = IntStream.range(0, 30)
                    .mapToObj(i -> client.sendAsync(
                            request(narrow, "/v1/completions", "{'prompt': 'x', 'max_tokens': 400}"),
                            HttpResponse.BodyHandlers.ofString()))
                    .toList();
            HttpRequest health = HttpRequest.newBuilder(URI.create(narrow.address() + "/health"))
                    .build();
            assertThat(client.send(health, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            List<Integer> statuses =
                    sent.stream().map(one -> one.join().statusCode()).toList();
            assertThat(statuses).contains(200, 429).containsOnly(200, 429);
        }
    }

    @Test
    void theKeyIsNeededButForHealth() throws Exception {
        for (String path : List.of("/v1/models", "/metrics", "/v1/completions", "/nothing")) {
            HttpRequest without =
                    HttpRequest.newBuilder(URI.create(server.address() + path)).build();
            assertThat(client.send(without, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(401);
            HttpRequest wrong = HttpRequest.newBuilder(URI.create(server.address() + path))
                    .header("Authorization", "Bearer s3cre")
                    .build();
            assertThat(client.send(wrong, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(401);
        }
        for (String path : List.of("/health", "/ready")) {
            HttpRequest without =
                    HttpRequest.newBuilder(URI.create(server.address() + path)).build();
            assertThat(client.send(without, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void whatIsHalfACharacterIsRefused() throws Exception {
        HttpResponse<String> response = client.send(
                request("/v1/completions", "{'prompt': 'x', 'user': '\\ud800'}"), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("half of a character");
    }

    /** As a page of another origin that has its own name point to loopback. */
    @Test
    void withoutAKeyOnlyLoopbackByNameIsAnswered() throws Exception {
        try (ModelServer open = ModelServer.start(tiny.model(), ServerConfig.DEFAULTS.on("127.0.0.1", 0));
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        URI.create(open.address()).getPort())) {
            socket.getOutputStream()
                    .write("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.UTF_8));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 403")
                    .contains("wrong_host");
        }
    }

    @Test
    void theModelIsListedAndCounted() throws Exception {
        post("/v1/completions", "{'prompt': 'x', 'max_tokens': 3}");
        assertThat(read(get("/v1/models").body()).at("/data/0/id").asText()).isEqualTo("tiny");
        assertThat(get("/metrics").body())
                .contains("# TYPE vllm:num_requests_running gauge", "vllm:kv_cache_usage_perc{model_name=\"tiny\"}")
                .containsPattern("vllm:generation_tokens_total\\{model_name=\"tiny\"} [1-9]")
                .contains("trireme:stage_idle_seconds_total{model_name=\"tiny\",copy=\"1\",stage=\"1\"}");
    }

    @Test
    void textAndIdsAreConverted() throws Exception {
        JsonNode tokens = post("/tokenize", "{'prompt': 'Das Haus'}").path("tokens");
        assertThat(tokens).hasSize(tokenizer.encodePrompt("Das Haus").length);
        assertThat(post("/detokenize", "{'tokens': " + tokens + "}")
                        .path("prompt")
                        .asText())
                .isEqualTo("Das Haus");
    }

    @Test
    void aClientThatLeavesFreesItsRequest() throws Exception {
        long cancelled = engine.metrics().failed();
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), URI.create(server.address()).getPort())) {
            String body = "{\"prompt\": \"x\", \"max_tokens\": 1900, \"stream\": true}";
            OutputStream out = socket.getOutputStream();
            out.write(("POST /v1/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY
                            + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                            + body)
                    .getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            assertThat(in.readNBytes(200)).hasSize(200);
        }
        while (engine.metrics().requests() + engine.metrics().blocksInUse() > 0) {
            Thread.sleep(20);
        }
        assertThat(engine.metrics().failed()).isEqualTo(cancelled + 1);
    }

    @Test
    void anAnswerThatIsNotStreamedIsGivenUpWhenItsClientLeaves() throws Exception {
        for (String call : List.of(
                "/v1/completions {\"prompt\": \"x\", \"max_tokens\": 1900}",
                "/v1/chat/completions {\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"max_tokens\": 1900}")) {
            long cancelled = engine.metrics().failed();
            try (Socket socket = connect(call.split(" ", 2)[0], call.split(" ", 2)[1])) {
                while (engine.metrics().requests() == 0) {
                    Thread.sleep(5);
                }
                assertThat(socket.isConnected()).isTrue();
            }
            while (engine.metrics().requests() + engine.metrics().blocksInUse() > 0) {
                Thread.sleep(5);
            }
            assertThat(engine.metrics().failed()).isEqualTo(cancelled + 1);
        }
    }

    private static Socket connect(String path, String body) throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), URI.create(server.address()).getPort());
        socket.setSoTimeout(60_000);
        socket.getOutputStream()
                .write(("POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY
                                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                + body)
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    /** A thousand that say nothing and two hundred that say it slowly hold up nobody, and are not cut. */
    @Test
    void manyIdleAndSlowClientsHoldUpNobody() throws Exception {
        String body = "{\"prompt\": \"Das Haus\", \"max_tokens\": 5, \"temperature\": 0}";
        String expected = post("/v1/completions", body.replace('"', '\''))
                .at("/choices/0/text")
                .asText();
        List<Socket> idle = new ArrayList<>();
        List<Socket> slow = new ArrayList<>();
        int port = URI.create(server.address()).getPort();
        try {
            for (int i = 0; i < 1000; i++) {
                idle.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            byte[] request = ("POST /v1/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY
                            + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                            + "\r\nConnection: close\r\n\r\n" + body)
                    .getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 200; i++) {
                slow.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            for (int part = 0; part < 10; part++) {
                int begin = part * request.length / 10;
                int end = (part + 1) * request.length / 10;
                for (Socket socket : slow) {
                    socket.getOutputStream().write(request, begin, end - begin);
                }
                assertThat(post("/v1/completions", body.replace('"', '\''))
                                .at("/choices/0/text")
                                .asText())
                        .isEqualTo(expected);
            }
            for (Socket socket : slow) {
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("HTTP/1.1 200")
                        .contains(Json.tree(expected).toString());
            }
            for (Socket socket : idle.subList(0, 100)) {
                socket.getOutputStream().write(request);
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("HTTP/1.1 200");
            }
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void aFullQueueIs429WithATimeToWait() throws Exception {
        try (Engine small = TinyServer.engine(1);
                ModelServer busy = ModelServer.start(
                        new ServedModel("tiny", small, tokenizer, Optional.empty()),
                        ServerConfig.DEFAULTS.on("127.0.0.1", 0).withDrain(Duration.ZERO))) {
            List<CompletableFuture<HttpResponse<String>>> sent = IntStream.range(0, 200)
                    .mapToObj(i -> client.sendAsync(
                            request(busy, "/v1/completions", "{'prompt': 'x', 'max_tokens': 300}"),
                            HttpResponse.BodyHandlers.ofString()))
                    .toList();
            List<HttpResponse<String>> responses =
                    sent.stream().map(CompletableFuture::join).toList();
            assertThat(responses).allMatch(response -> response.statusCode() == 200 || response.statusCode() == 429);
            assertThat(responses.stream().filter(response -> response.statusCode() == 429))
                    .isNotEmpty()
                    .allMatch(response ->
                            response.headers().firstValueAsLong("Retry-After").orElse(0) >= 1);
        }
    }

    @Test
    void adaptersAreModelsOfTheirOwnNames(@TempDir Path adapters) throws Exception {
        Map<String, Path> named = Map.of(
                "mine", AdapterFolders.write(adapters.resolve("mine"), TinyServer.SHAPE, "attn,fc", 4, 1),
                "theirs", AdapterFolders.write(adapters.resolve("theirs"), TinyServer.SHAPE, "all", 2, 2));
        try (Engine several = TinyServer.engine(16, named);
                ModelServer server = ModelServer.start(
                        new ServedModel("tiny", several, tokenizer, Optional.empty()),
                        ServerConfig.DEFAULTS.on("127.0.0.1", 0))) {
            HttpRequest list = HttpRequest.newBuilder(URI.create(server.address() + "/v1/models"))
                    .build();
            JsonNode models = read(client.send(list, HttpResponse.BodyHandlers.ofString())
                            .body())
                    .at("/data");
            assertThat(models.findValuesAsText("id")).containsExactly("tiny", "mine", "theirs");
            assertThat(models.get(1).get("parent").textValue()).isEqualTo("tiny");
            Set<String> texts = new HashSet<>();
            for (String name : List.of("tiny", "mine", "theirs")) {
                String body = "{'model': '" + name + "', 'prompt': 'x', 'max_tokens': 12, 'temperature': 0}";
                JsonNode answer =
                        read(client.send(request(server, "/v1/completions", body), HttpResponse.BodyHandlers.ofString())
                                .body());
                assertThat(answer.get("model").textValue()).isEqualTo(name);
                texts.add(answer.at("/choices/0/text").textValue());
            }
            assertThat(texts).hasSize(3);
            HttpResponse<String> unknown = client.send(
                    request(server, "/v1/completions", "{'model': 'ours', 'prompt': 'x'}"),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(unknown.body())
                    .contains("The model 'ours' does not exist; this server has 'tiny', 'mine', 'theirs'.");
        }
        assertThatThrownBy(() -> {
                    try (Engine several = TinyServer.engine(16, Map.of("tiny", named.get("mine")))) {
                        new ServedModel("tiny", several, tokenizer, Optional.empty());
                    }
                })
                .hasMessage("the model and an adapter are both called tiny; rename one");
    }

    @Test
    void closingLetsRequestsEnd() throws Exception {
        ModelServer other = ModelServer.start(tiny.model(), ServerConfig.DEFAULTS.on("127.0.0.1", 0));
        CompletableFuture<HttpResponse<String>> running = client.sendAsync(
                request(other, "/v1/completions", "{'prompt': 'x', 'max_tokens': 400}"),
                HttpResponse.BodyHandlers.ofString());
        while (engine.metrics().requests() == 0 && !running.isDone()) {
            Thread.sleep(1);
        }
        other.close();
        assertThat(read(running.join().body()).at("/usage/completion_tokens").asInt())
                .isEqualTo(400);
        assertThatThrownBy(() -> client.send(
                        request(other, "/v1/completions", "{'prompt': 'x'}"), HttpResponse.BodyHandlers.ofString()))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aPortThatIsTakenIsTold() {
        int port = URI.create(server.address()).getPort();
        assertThatThrownBy(() -> ModelServer.start(tiny.model(), ServerConfig.DEFAULTS.on("127.0.0.1", port)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("port " + port + " of 127.0.0.1 cannot be listened on");
    }

    private JsonNode post(String path, String body) throws Exception {
        HttpResponse<String> response = client.send(request(path, body), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return read(response.body());
    }

    private HttpResponse<String> get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + path))
                .header("Authorization", "Bearer " + KEY)
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private List<JsonNode> stream(String path, String body) throws Exception {
        HttpResponse<String> response = client.send(request(path, body), HttpResponse.BodyHandlers.ofString());
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream; charset=utf-8");
        List<String> events = response.body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring(6))
                .toList();
        assertThat(events.get(events.size() - 1)).isEqualTo("[DONE]");
        return events.subList(0, events.size() - 1).stream()
                .map(ModelServerIT::read)
                .toList();
    }

    private static HttpRequest request(String path, String body) {
        return request(server, path, body);
    }

    private static HttpRequest request(ModelServer to, String path, String body) {
        return HttpRequest.newBuilder(URI.create(to.address() + path))
                .header("Authorization", "Bearer " + KEY)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                .build();
    }

    private static JsonNode read(String json) {
        try {
            return Json.STRICT.readTree(json);
        } catch (IOException e) {
            throw new IllegalStateException(json, e);
        }
    }
}
