package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.generate.Engine;
import dev.trireme.generate.TextModel;
import dev.trireme.http.HttpLimits;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** What a server refuses, and how. */
@Timeout(300)
class RefusalsIT {
    @AutoClose
    private static TinyServer tiny;

    private static Calls calls;

    @BeforeAll
    static void start() {
        tiny = TinyServer.start();
        calls = tiny.calls();
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
        HttpResponse<String> response = calls.send(path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode error = Calls.read(response.body()).path("error");
        assertThat(error.path("code").asText()).as(response.body()).isEqualTo(code);
        assertThat(error.path("message").asText()).isNotEmpty();
        assertThat(error.path("param").asText("-")).isEqualTo(parameter);
    }

    /** Also what never becomes a call: the connection then ends. */
    @Test
    void whatIsNoRequestGetsItsErrorObject() throws Exception {
        HttpLimits limits = new HttpLimits(
                1 << 20, 1 << 20, 40, Duration.ofMillis(700), Duration.ofSeconds(40), Duration.ofSeconds(40));
        String post = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
        try (ModelServer server = ModelServer.start(
                tiny.model(), ServerConfig.DEFAULTS.on("127.0.0.1", 0).withLimits(limits))) {
            for (String[] sent : new String[][] {
                {"rubbish\r\n\r\n", "400", "invalid_http"},
                {"GET /v1/models HTTP/1.1\r\n\r\n", "400", "invalid_http"},
                {"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", "400", "invalid_http"},
                {post + "9\r\n\r\n{", "408", "request_timeout"},
                {post + "2000000\r\n\r\n" + " ".repeat(2_000_000), "413", "request_too_large"},
                {"GET /" + "x".repeat(9000) + " HTTP/1.1\r\n\r\n", "414", "uri_too_long"},
                {"GET / HTTP/1.1\r\nA: " + "x".repeat(40_000) + "\r\n\r\n", "431", "headers_too_large"}
            }) {
                try (Socket socket = new Calls(server).connect()) {
                    socket.getOutputStream().write(sent[0].getBytes(StandardCharsets.UTF_8));
                    String reply = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    assertThat(reply)
                            .startsWith("HTTP/1.1 " + sent[1] + " ")
                            .containsIgnoringCase("content-type: application/json\r\n")
                            .contains("connection: close\r\n");
                    JsonNode error = Calls.read(reply.split("\r\n\r\n", 2)[1]).path("error");
                    assertThat(error.path("code").asText()).isEqualTo(sent[2]);
                    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
                    assertThat(error.path("message").asText()).endsWith(".");
                    assertThat(error.path("param").isNull()).isTrue();
                }
            }
        }
    }

    @Test
    void aServerThatHasNoModelYetSaysSo() throws Exception {
        try (ModelServer early = ModelServer.listen(ServerConfig.DEFAULTS.on("127.0.0.1", 0))) {
            Calls toEarly = new Calls(early);
            assertThat(toEarly.get("/health").statusCode()).isEqualTo(200);
            assertThat(toEarly.get("/ready").statusCode()).isEqualTo(503);
            for (String path : List.of("/", "/v1/models", "/metrics", "/nothing")) {
                HttpResponse<String> refused = toEarly.get(path);
                assertThat(refused.statusCode()).isEqualTo(503);
                assertThat(refused.headers().firstValue("Retry-After")).hasValue("5");
                assertThat(Calls.read(refused.body()).at("/error/code").asText())
                        .isEqualTo("loading");
            }
            early.serve(tiny.model(), TinyServer.receipts(), OptionalDouble.empty());
            assertThat(toEarly.get("/ready").statusCode()).isEqualTo(200);
            assertThat(toEarly.get("/v1/models").statusCode()).isEqualTo(200);
            assertThatThrownBy(() -> early.serve(tiny.model(), TinyServer.receipts(), OptionalDouble.empty()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the server serves a model already; start another one for tiny");
        }
    }

    @Test
    void aServerThatWasClosedTakesNoModel() {
        ModelServer closed = ModelServer.listen(ServerConfig.DEFAULTS.on("127.0.0.1", 0));
        closed.close();
        assertThatThrownBy(() -> closed.serve(tiny.model(), TinyServer.receipts(), OptionalDouble.empty()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the server was closed; start another one");
    }

    /** Bodies of answers that take long leave room for others. */
    @Test
    void aBodyThatWasReadLeavesRoom() throws Exception {
        HttpLimits limits =
                new HttpLimits(1024, 1024, 40, Duration.ofSeconds(40), Duration.ofSeconds(40), Duration.ofSeconds(40));
        String body = "{'prompt': 'x', 'max_tokens': 1900, 'stream': true, 'user': '" + "x".repeat(700) + "'}";
        try (ModelServer narrow = ModelServer.start(
                        tiny.model(),
                        ServerConfig.DEFAULTS
                                .on("127.0.0.1", 0)
                                .withApiKey(TinyServer.KEY)
                                .withLimits(limits)
                                .withDrain(Duration.ZERO));
                Socket running = new Calls(narrow).connect("/v1/completions", body)) {
            assertThat(running.getInputStream().readNBytes(200)).hasSize(200);
            HttpResponse<String> other = new Calls(narrow)
                    .send("/v1/completions", body.replace("1900", "1").replace("true", "false"));
            assertThat(other.statusCode()).as(other.body()).isEqualTo(200);
        }
    }

    @Test
    void bodiesHaveABound() throws Exception {
        String body = "{\"prompt\": \"" + "x".repeat(9 << 20) + "\"}";
        HttpResponse<String> large = calls.send("/v1/completions", body);
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(Calls.read(large.body()).at("/error/code").asText()).isEqualTo("request_too_large");
        String deep = "{\"prompt\": " + "[".repeat(100_000);
        HttpResponse<String> nested = calls.send("/v1/completions", deep);
        assertThat(nested.statusCode()).isEqualTo(400);
        byte[] bytes = {'{', '"', (byte) 0xff, '"', ':', '1', '}'};
        HttpRequest broken = calls.builder("/v1/completions")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build();
        assertThat(Calls.CLIENT
                        .send(broken, HttpResponse.BodyHandlers.ofString())
                        .body())
                .contains("it is not UTF-8");
    }

    /** Pages of other origins may send bodies of other types, or of none, without being asked first. */
    @Test
    void onlyJsonIsRead() throws Exception {
        for (String type : new String[] {"", "text/plain", "application/x-www-form-urlencoded"}) {
            HttpRequest.Builder request =
                    calls.builder("/v1/completions").POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"x\"}"));
            if (!type.isEmpty()) {
                request.header("Content-Type", type);
            }
            assertThat(Calls.CLIENT
                            .send(request.build(), HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(415);
        }
    }

    /** Also beside more requests than the server has threads for. */
    @Test
    void moreRequestsThanMayBeUnderWayAreRefusedAndHealthAndMetricsAreAnswered() throws Exception {
        ServerConfig few = new ServerConfig(
                "127.0.0.1", 0, Optional.empty(), Optional.empty(), HttpLimits.DEFAULTS, 4, Duration.ZERO);
        try (ModelServer narrow = ModelServer.start(tiny.model(), few)) {
            List<CompletableFuture<HttpResponse<String>>> sent = IntStream.range(0, 30)
                    .mapToObj(i -> new Calls(narrow).sendAsync("/v1/completions", "{'prompt': 'x', 'max_tokens': 400}"))
                    .toList();
            assertThat(new Calls(narrow).get("/health").statusCode()).isEqualTo(200);
            assertThat(new Calls(narrow).get("/metrics").statusCode()).isEqualTo(200);
            List<Integer> statuses =
                    sent.stream().map(one -> one.join().statusCode()).toList();
            assertThat(statuses).contains(200, 429).containsOnly(200, 429);
        }
    }

    @Test
    void theKeyIsNeededButForHealth() throws Exception {
        for (String path : List.of("/v1/models", "/metrics", "/v1/completions", "/nothing")) {
            HttpRequest without = HttpRequest.newBuilder(
                            URI.create(tiny.server().address() + path))
                    .build();
            assertThat(Calls.CLIENT
                            .send(without, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(401);
            HttpRequest wrong = HttpRequest.newBuilder(URI.create(tiny.server().address() + path))
                    .header("Authorization", "Bearer s3cre")
                    .build();
            assertThat(Calls.CLIENT
                            .send(wrong, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(401);
        }
        for (String path : List.of("/health", "/ready")) {
            HttpRequest without = HttpRequest.newBuilder(
                            URI.create(tiny.server().address() + path))
                    .build();
            assertThat(Calls.CLIENT
                            .send(without, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void whatIsHalfACharacterIsRefused() throws Exception {
        HttpResponse<String> response = calls.send("/v1/completions", "{'prompt': 'x', 'user': '\\ud800'}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("half of a character");
    }

    /** As a page of another origin that has its own name point to loopback. */
    @Test
    void withoutAKeyOnlyLoopbackByNameIsAnswered() throws Exception {
        try (ModelServer open = ModelServer.start(tiny.model(), ServerConfig.DEFAULTS.on("127.0.0.1", 0))) {
            for (String head : List.of(
                    "/v1/models HTTP/1.1\r\nHost: evil.example\r\n",
                    "http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\n",
                    "/v1/models HTTP/1.0\r\n")) {
                assertThat(ask(open, head)).as(head).startsWith("HTTP/1.1 403").contains("wrong_host");
            }
            for (String head : List.of(
                    "/v1/models HTTP/1.1\r\nHost: LOCALHOST:8000\r\n",
                    "/v1/models HTTP/1.1\r\nHost: [::1]:8000\r\n",
                    "/v1/models HTTP/1.0\r\nHost: 127.0.0.1\r\n",
                    "http://localhost:8000/v1/models HTTP/1.1\r\nHost: other.example\r\n",
                    "HTTP://LocalHost/v1/models?x=y HTTP/1.0\r\n")) {
                assertThat(ask(open, head)).as(head).startsWith("HTTP/1.1 200").contains("\"tiny\"");
            }
        }
    }

    private static String ask(ModelServer server, String head) throws IOException {
        try (Socket socket = new Calls(server).connect()) {
            socket.getOutputStream()
                    .write(("GET " + head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aFullQueueIs429WithATimeToWait() throws Exception {
        try (Engine small = TinyServer.engine(1);
                ModelServer busy = ModelServer.start(
                        new TextModel("tiny", small, tiny.tokenizer(), Optional.empty()),
                        ServerConfig.DEFAULTS.on("127.0.0.1", 0).withDrain(Duration.ZERO))) {
            List<CompletableFuture<HttpResponse<String>>> sent = IntStream.range(0, 200)
                    .mapToObj(i -> new Calls(busy).sendAsync("/v1/completions", "{'prompt': 'x', 'max_tokens': 300}"))
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
    void aPortThatIsTakenIsTold() {
        int port = URI.create(tiny.server().address()).getPort();
        assertThatThrownBy(() -> ModelServer.start(tiny.model(), ServerConfig.DEFAULTS.on("127.0.0.1", port)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("port " + port + " of 127.0.0.1 cannot be listened on");
    }
}
