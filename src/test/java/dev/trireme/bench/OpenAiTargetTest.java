package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OpenAiTargetTest {
    private static final String ANSWER = """
            HTTP/1.1 200 OK\r
            Content-Type: text/event-stream\r
            Connection: close\r
            \r
            data: {"choices":[{"text":"a"}]}

            data: {"choices":[],"usage":{"completion_tokens": 3}}

            """;

    /** Hangs up on the first callers without a word, and answers the others. */
    private static void serve(ServerSocket server, int hungUp) {
        for (int i = 0; !server.isClosed(); i++) {
            try (Socket caller = server.accept();
                    BufferedReader request = new BufferedReader(
                            new InputStreamReader(caller.getInputStream(), StandardCharsets.ISO_8859_1))) {
                readWhole(request);
                if (i >= hungUp) {
                    caller.getOutputStream().write(ANSWER.getBytes(StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                return; // the test is over
            }
        }
    }

    /** What is not read would be answered by a reset. */
    private static void readWhole(BufferedReader request) throws IOException {
        int length = 0;
        for (String line = request.readLine(); !line.isEmpty(); line = request.readLine()) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length: ")) {
                length = Integer.parseInt(line.substring(16));
            }
        }
        for (int i = 0; i < length; i++) {
            request.read();
        }
    }

    private static int tokens(int hungUp, AtomicInteger told) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread serving = new Thread(() -> serve(server, hungUp));
            serving.setDaemon(true);
            serving.start();
            URI url = URI.create("http://127.0.0.1:" + server.getLocalPort());
            try (OpenAiTarget target = new OpenAiTarget(url, 100)) {
                return target.start(new int[] {5}, 3, time -> told.incrementAndGet())
                        .join();
            }
        }
    }

    @Test
    void aConnectionThatIsClosedBeforeItsAnswerIsOpenedAgainOnce() throws IOException {
        AtomicInteger told = new AtomicInteger();
        assertThat(tokens(1, told)).isEqualTo(3);
        assertThat(told).hasValue(1);
        assertThatThrownBy(() -> tokens(2, told))
                .isInstanceOf(CompletionException.class)
                .cause()
                .hasMessageContaining("/v1/completions cannot be asked");
    }
}
