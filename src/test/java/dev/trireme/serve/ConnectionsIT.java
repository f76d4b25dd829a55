package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.Json;
import dev.trireme.generate.Engine;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that leave, stall and stay, and a server that ends. */
@Timeout(300)
class ConnectionsIT {
    @AutoClose
    private static TinyServer tiny;

    private static Calls calls;
    private static Engine engine;

    @BeforeAll
    static void start() {
        tiny = TinyServer.start();
        calls = tiny.calls();
        engine = tiny.engine();
    }

    @Test
    void aClientThatLeavesFreesItsRequest() throws Exception {
        long cancelled = engine.metrics().failed();
        try (Socket socket = calls.connect("/v1/completions", "{'prompt': 'x', 'max_tokens': 1900, 'stream': true}")) {
            assertThat(socket.getInputStream().readNBytes(200)).hasSize(200);
        }
        while (engine.metrics().requests() + engine.metrics().blocksInUse() > 0) {
            Thread.sleep(20);
        }
        assertThat(engine.metrics().failed()).isEqualTo(cancelled + 1);
    }

    @Test
    void anAnswerThatIsNotStreamedIsGivenUpWhenItsClientLeaves() throws Exception {
        for (String call : List.of(
                "/v1/completions {'prompt': 'x', 'max_tokens': 1900}",
                "/v1/chat/completions {'messages': [{'role': 'user', 'content': 'x'}], 'max_tokens': 1900}")) {
            long cancelled = engine.metrics().failed();
            try (Socket socket = calls.connect(call.split(" ", 2)[0], call.split(" ", 2)[1])) {
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

    /** A thousand that say nothing and two hundred that say it slowly hold up nobody, and are not cut. */
    @Test
    void manyIdleAndSlowClientsHoldUpNobody() throws Exception {
        String body = "{'prompt': 'Das Haus', 'max_tokens': 5, 'temperature': 0}";
        String expected =
                calls.post("/v1/completions", body).at("/choices/0/text").asText();
        List<Socket> idle = new ArrayList<>();
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 1000; i++) {
                idle.add(calls.connect());
            }
            byte[] request = Calls.bytes("/v1/completions", body);
            for (int i = 0; i < 200; i++) {
                slow.add(calls.connect());
            }
            for (int part = 0; part < 10; part++) {
                int begin = part * request.length / 10;
                int end = (part + 1) * request.length / 10;
                for (Socket socket : slow) {
                    socket.getOutputStream().write(request, begin, end - begin);
                }
                assertThat(calls.post("/v1/completions", body)
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
    void closingLetsRequestsEnd() throws Exception {
        ModelServer other = ModelServer.start(tiny.model(), ServerConfig.DEFAULTS.on("127.0.0.1", 0));
        CompletableFuture<HttpResponse<String>> running =
                new Calls(other).sendAsync("/v1/completions", "{'prompt': 'x', 'max_tokens': 400}");
        while (engine.metrics().requests() == 0 && !running.isDone()) {
            Thread.sleep(1);
        }
        other.close();
        assertThat(Calls.read(running.join().body())
                        .at("/usage/completion_tokens")
                        .asInt())
                .isEqualTo(400);
        assertThatThrownBy(() -> new Calls(other).send("/v1/completions", "{'prompt': 'x'}"))
                .isInstanceOf(IOException.class);
    }
}
