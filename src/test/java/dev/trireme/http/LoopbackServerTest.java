package dev.trireme.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopbackServerTest {
    private final LoopbackServer server = LoopbackServer.listen(0);
    private final URI address = URI.create(server.address());

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aPageIsAskedForAtEachRequest() throws Exception {
        AtomicInteger times = new AtomicInteger();
        server.serve("/", () -> new Reply("text/plain; charset=utf-8", "é" + times.incrementAndGet()));
        assertThat(get("/").body()).isEqualTo("é1");
        assertThat(get("/").body()).isEqualTo("é2");
        assertThat(get("/").headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(get("/other").statusCode()).isEqualTo(404);
    }

    @Test
    void onlyGetIsAnswered() throws Exception {
        HttpRequest post = HttpRequest.newBuilder(address)
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(post, HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void aPortThatIsTakenIsToldWithTheCure() {
        assertThatThrownBy(() -> LoopbackServer.listen(address.getPort()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "port " + address.getPort()
                                + " of 127.0.0.1 cannot be listened on (Address already in use); use another, or 0 for any that is free");
        assertThatThrownBy(() -> LoopbackServer.listen(70_000)).hasMessage("port is 70000; use 0 to 65535");
    }

    /** As a page of another origin would that has its own name point to 127.0.0.1. */
    @Test
    void aRequestForAnotherNameIsRefused() throws IOException {
        server.serve("/", () -> new Reply("text/plain", "secret"));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.getPort());
                InputStream input = socket.getInputStream()) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(input.readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 403 ")
                    .doesNotContain("secret");
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address.resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
    }
}
