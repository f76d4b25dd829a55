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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** What a server refuses, and how. */
@Timeout(300)
class RefusalsIT {
    @TempDir
    private static Path folder;

    private static TinyServer tiny;
    private static Calls calls;

    @BeforeAll
    static void serve() throws IOException {
        tiny = TinyServer.start(folder);
        calls = new Calls(tiny.server());
    }

    @AfterAll
    static void close() {
        tiny.close();
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

    @Test
    void bodiesHaveABound() throws Exception {
        String body = "{\"prompt\": \"" + "x".repeat(9 << 20) + "\"}";
        HttpResponse<String> large = calls.send("/v1/completions", body);
        assertThat(large.statusCode()).isEqualTo(413);
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
    void moreRequestsThanMayBeUnderWayAreRefusedAndHealthIsAnswered() throws Exception {
        ServerConfig few = new ServerConfig(
                "127.0.0.1", 0, Optional.empty(), Optional.empty(), HttpLimits.DEFAULTS, 4, Duration.ZERO);
        try (ModelServer narrow = ModelServer.start(tiny.model(), few)) {
            List<CompletableFuture<HttpResponse<String>>> sent = IntStream.range(0, 30)
                    .mapToObj(i -> new Calls(narrow).sendAsync("/v1/completions", "{'prompt': 'x', 'max_tokens': 400}"))
                    .toList();
            assertThat(new Calls(narrow).get("/health").statusCode()).isEqualTo(200);
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
        try (ModelServer open = ModelServer.start(tiny.model(), ServerConfig.DEFAULTS.on("127.0.0.1", 0));
                Socket socket = new Calls(open).connect()) {
            socket.getOutputStream()
                    .write("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.UTF_8));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 403")
                    .contains("wrong_host");
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
