package dev.trireme.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What does not get to the handler, and what clients read then. */
@Timeout(60)
class HttpRefusalsTest extends RawHttp {
    /** What two servers could read as different requests, and what is none. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "rubbish\r\n\r\n",
                "GET / HTTP/9.9 x\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
                "GET / HTTP/1.0\r\nHost: x\r\nhost: y\r\n\r\n",
                "GET / HTTP/1.1\r\nHost:\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
                "GET http:/// HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET http://x/ HTTP/1.1\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\nabc",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2x\r\n\r\nabc",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 2\r\n\r\nab",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nA: b\u0000c\r\n\r\n"
            })
    void anAmbiguousOrBrokenRequestIsRefusedAndTheConnectionClosed(String request) throws IOException {
        try (HttpServer server = serve(RawHttp::echo)) {
            assertThat(ask(server, request)).startsWith("HTTP/1.1 400 ");
            assertThat(ask(server, "GET /after HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .contains("GET /after");
        }
    }

    @Test
    void headersAndBodiesHaveABound() throws IOException {
        try (HttpServer server = serve(RawHttp::echo)) {
            assertThat(ask(server, "GET /" + "x".repeat(9000) + " HTTP/1.1\r\nHost: x\r\n\r\n"))
                    .startsWith("HTTP/1.1 414 ");
            assertThat(ask(server, "GET / HTTP/1.1\r\nHost: x\r\nA: " + "x".repeat(40_000) + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 431 ");
            assertThat(ask(
                            server,
                            "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5000\r\n\r\n"
                                    + "x".repeat(5000)))
                    .startsWith("HTTP/1.1 413 ");
        }
    }

    /** None of it is kept, and it is told when it has sent all, as clients do that do not read meanwhile. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 104857600\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n6400000\r\n", // hexadecimal
                "Content-Length: 4096\r\nA: " // headers without an end
            })
    void whoSendsAHundredMegabytesReadsWhyTheyAreNotTaken(String head) throws Exception {
        HttpLimits patient =
                new HttpLimits(4096, 16384, 40, Duration.ofSeconds(50), Duration.ofSeconds(50), Duration.ofSeconds(50));
        try (HttpServer server = listen(patient, Optional.empty(), RawHttp::echo);
                Socket large = connect(server, "POST / HTTP/1.1\r\nHost: x\r\n" + head)) {
            byte[] piece = new byte[1 << 20];
            Arrays.fill(piece, (byte) 'x');
            for (int i = 0; i < 100; i++) {
                large.getOutputStream().write(piece);
            }
            assertThat(new String(large.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .matches(
                            "(?s)HTTP/1.1 4(13|31) .*connection: close.*the (body has more than 4096 bytes|headers .*)\n");
            assertThat(ask(server, "GET /after HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .contains("GET /after");
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // an interrupt does not end a write
    void whoSendsForEverAfterARefusalIsCut() throws Exception {
        try (HttpServer server = serve(RawHttp::echo);
                Socket endless = connect(server, "rubbish\r\n\r\n")) {
            byte[] piece = new byte[1 << 20];
            assertThatThrownBy(() -> {
                        for (; ; ) {
                            endless.getOutputStream().write(piece);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void whoSendsSlowlyIsToldAndCutAndWhoWaitsIsNot() throws Exception {
        try (HttpServer server = serve(RawHttp::echo);
                Socket idle = connect(server, "");
                Socket slow = connect(server, "GET / HTTP/1.1\r\nHost:")) {
            CompletableFuture<Void> drip = CompletableFuture.runAsync(() -> {
                try {
                    for (; ; ) {
                        slow.getOutputStream().write('x');
                        Thread.sleep(20);
                    }
                } catch (IOException e) { // cut
                    return;
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(new String(slow.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 408 ")
                    .endsWith("the request did not arrive within 0.7 seconds\n");
            drip.join();
            idle.getOutputStream()
                    .write("GET /idle HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.UTF_8));
            assertThat(new String(idle.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("GET /idle");
        }
    }

    /** Each in the handler's own form, over TLS too. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatDoesNotGetToTheHandlerIsRefusedInItsForm(boolean encrypted) throws Exception {
        SelfSigned certificate = SelfSigned.make(folder, "EC");
        HttpServer.Handler handler = new HttpServer.Handler() {
            @Override
            public void handle(HttpCall call) {
                throw new IllegalStateException("planted");
            }

            @Override
            public Reply refusal(int status, String why) {
                return new Reply("text/x-own", status + ": " + why);
            }
        };
        String post = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ";
        try (HttpServer server =
                listen(QUICK, encrypted ? Optional.of(certificate.files()) : Optional.empty(), handler)) {
            for (String[] sent : new String[][] {
                {"rubbish\r\n\r\n", "400"},
                {"GET /", "408"},
                {post + "3\r\n\r\nab", "408"},
                {post + "5000\r\n\r\nab", "413"},
                {"GET /" + "x".repeat(9000) + " HTTP/1.1\r\n\r\n", "414"},
                {"GET / HTTP/1.1\r\nA: " + "x".repeat(40_000) + "\r\n\r\n", "431"},
                {post + "0\r\n\r\n", "500"}
            }) {
                try (Socket socket = encrypted
                        ? certificate
                                .client()
                                .getSocketFactory()
                                .createSocket(InetAddress.getLoopbackAddress(), server.port())
                        : new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                    socket.setSoTimeout(20_000);
                    socket.getOutputStream().write(sent[0].getBytes(StandardCharsets.ISO_8859_1));
                    assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                            .startsWith("HTTP/1.1 " + sent[1])
                            .containsIgnoringCase("\r\ncontent-type: text/x-own\r\n")
                            .containsIgnoringCase("\r\ncache-control: no-store\r\n")
                            .containsIgnoringCase("\r\nx-content-type-options: nosniff\r\n")
                            .contains("\r\nconnection: close\r\n")
                            .contains("\r\n\r\n" + sent[1] + ": ");
                }
            }
        }
    }

    /** Four whose replies are not there yet take what all may together; a fifth is told, and served once they have gone. */
    @Test
    void theBodiesOfAllHaveABoundTogether() throws Exception {
        HttpLimits limits = new HttpLimits(
                4096, 4 * 4096, 40, Duration.ofSeconds(40), Duration.ofSeconds(40), Duration.ofSeconds(40));
        CountDownLatch begun = new CountDownLatch(4);
        CountDownLatch release = new CountDownLatch(1);
        String head = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ";
        String fifth = "POST /fifth" + head + "100\r\n\r\n" + "y".repeat(100);
        List<Socket> slow = new ArrayList<>();
        try (HttpServer server = listen(limits, Optional.empty(), call -> {
            if (call.path().equals("/slow")) {
                begun.countDown();
                release.await();
            }
            echo(call);
        })) {
            for (int i = 0; i < 4; i++) {
                slow.add(connect(server, "POST /slow" + head + "4096\r\n\r\n" + "x".repeat(4096)));
            }
            begun.await();
            assertThat(ask(server, fifth))
                    .startsWith("HTTP/1.1 503 ")
                    .containsIgnoringCase("retry-after: 1\r\n")
                    .contains("too large together; ask again later");
            release.countDown();
            for (Socket socket : slow) {
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("HTTP/1.1 200 ");
                socket.close();
            }
            assertThat(ask(server, fifth)).startsWith("HTTP/1.1 200 ");
        }
    }

    /** A second body as large as all may be together is taken while the first is answered. */
    @Test
    void aBodyThatIsForgottenCountsNoMore() throws Exception {
        HttpLimits one =
                new HttpLimits(4096, 4096, 40, Duration.ofSeconds(40), Duration.ofSeconds(40), Duration.ofSeconds(40));
        CountDownLatch forgotten = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        String head = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4096\r\n\r\n";
        try (HttpServer server = listen(one, Optional.empty(), call -> {
                    if (call.path().equals("/slow")) {
                        call.forgetBody();
                        forgotten.countDown();
                        release.await();
                    }
                    echo(call);
                });
                Socket slow = connect(server, "POST /slow" + head + "x".repeat(4096))) {
            forgotten.await();
            for (int i = 0; i < 2; i++) {
                assertThat(ask(server, "POST /other" + head + "y".repeat(4096))).startsWith("HTTP/1.1 200 ");
            }
            release.countDown();
            assertThat(new String(slow.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .endsWith("POST /slow ");
            assertThat(ask(server, "POST /other" + head + "y".repeat(4096))).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aBodyIsOnlyInvitedIfItMayCome() throws IOException {
        try (HttpServer server = serve(RawHttp::echo)) {
            String head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: ";
            assertThat(ask(server, head + "3\r\n\r\nabc"))
                    .startsWith("HTTP/1.1 100 Continue")
                    .contains("HTTP/1.1 200 OK", "POST / abc");
            assertThat(ask(server, head + "5000\r\n\r\n")).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void moreConnectionsThanMayBeAreTold() throws IOException {
        try (HttpServer server = serve(RawHttp::echo)) {
            List<Socket> idle = new ArrayList<>();
            for (int i = 0; i < 45; i++) {
                idle.add(connect(server, ""));
            }
            assertThat(ask(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 503 ");
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }
}
