package dev.trireme.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP as bytes on a socket: what clients do that no client library does. */
@Timeout(60)
class HttpServerTest {
    private static final HttpLimits QUICK =
            new HttpLimits(4096, 16384, 40, Duration.ofMillis(700), Duration.ofSeconds(30), Duration.ofMillis(700));

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @TempDir
    private Path folder;

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    private HttpServer serve(HttpServer.Handler handler) {
        return listen(QUICK, Optional.empty(), handler);
    }

    private HttpServer listen(HttpLimits limits, Optional<Tls> tls, HttpServer.Handler handler) {
        return HttpServer.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), limits, tls, threads, handler);
    }

    private static void echo(HttpCall call) throws IOException {
        String text = call.method() + " " + call.path() + " " + StandardCharsets.UTF_8.decode(call.takeBody());
        call.reply(200, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Socket connect(HttpServer server, String bytes) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static String ask(HttpServer server, String bytes) throws IOException {
        try (Socket socket = connect(server, bytes)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void requestsOfAConnectionAreAnsweredInOrderAlsoWhenTheyComeAtOnce() throws IOException {
        try (HttpServer server = serve(HttpServerTest::echo)) {
            String replies = ask(
                    server,
                    "POST /a%20b?x=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
                            + "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nho\r\n1\r\n!\r\n0\r\n\r\n"
                            + "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(replies).containsSubsequence("POST /a b hi", "POST /b ho!", "GET /c ");
        }
    }

    /** What two servers could read as different requests, and what is none. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "rubbish\r\n\r\n",
                "GET / HTTP/9.9 x\r\n\r\n",
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
        try (HttpServer server = serve(HttpServerTest::echo)) {
            assertThat(ask(server, request)).startsWith("HTTP/1.1 400 ");
            assertThat(ask(server, "GET /after HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .contains("GET /after");
        }
    }

    @Test
    void headersAndBodiesHaveABound() throws IOException {
        try (HttpServer server = serve(HttpServerTest::echo)) {
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
        try (HttpServer server = listen(patient, Optional.empty(), HttpServerTest::echo);
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
        try (HttpServer server = serve(HttpServerTest::echo);
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
        try (HttpServer server = serve(HttpServerTest::echo);
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
                            .contains("\r\ncontent-type: text/x-own\r\n", "\r\nconnection: close\r\n")
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

    @Test
    void whoSaysNothingIsCutAndWhoWaitsForItsReplyIsNot() throws Exception {
        HttpLimits limits =
                new HttpLimits(4096, 16384, 40, Duration.ofSeconds(40), Duration.ofMillis(300), Duration.ofSeconds(40));
        try (HttpServer server = listen(limits, Optional.empty(), call -> {
                    Thread.sleep(1200);
                    echo(call);
                });
                Socket waits = connect(server, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
                Socket idle = connect(server, "")) {
            assertThat(idle.getInputStream().read()).isEqualTo(-1);
            // Its connection stays for another request, which does not come.
            assertThat(new String(waits.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 ")
                    .doesNotContain("connection: close")
                    .endsWith("GET /slow ");
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

    /** The bytes of a body are its handler's alone, who may be long about the reply. */
    @Test
    void aBodyThatWasTakenIsNotKept() throws Exception {
        try (HttpServer server = serve(call -> {
            WeakReference<byte[]> body = new WeakReference<>(call.takeBody().array());
            while (!body.refersTo(null)) {
                System.gc();
                Thread.sleep(10);
            }
            echo(call);
        })) {
            assertThat(ask(server, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"))
                    .endsWith("POST / ");
        }
    }

    @Test
    void theThreadThatAnswersIsInterruptedWhenTheClientLeaves() throws Exception {
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        CountDownLatch begun = new CountDownLatch(1);
        try (HttpServer server = serve(call -> {
            call.interruptIfLeft();
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.complete(true);
                throw e;
            }
        })) {
            try (Socket socket = connect(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")) {
                begun.await();
                assertThat(socket.isConnected()).isTrue();
            }
            assertThat(interrupted.join()).isTrue();
        }
    }

    @Test
    void aReaderThatStallsIsCutAndItsWriterFails() throws Exception {
        CompletableFuture<Throwable> failed = new CompletableFuture<>();
        try (HttpServer server = serve(call -> {
                    call.begin(200);
                    try {
                        for (; ; ) {
                            call.write(new byte[8192]);
                        }
                    } catch (IOException e) {
                        failed.complete(e);
                        throw e;
                    }
                });
                Socket socket = connect(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")) {
            assertThat(failed.join()).isInstanceOf(IOException.class);
            assertThat(socket.isConnected()).isTrue();
        }
    }

    @Test
    void aBodyIsOnlyInvitedIfItMayCome() throws IOException {
        try (HttpServer server = serve(HttpServerTest::echo)) {
            String head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: ";
            assertThat(ask(server, head + "3\r\n\r\nabc"))
                    .startsWith("HTTP/1.1 100 Continue")
                    .contains("HTTP/1.1 200 OK", "POST / abc");
            assertThat(ask(server, head + "5000\r\n\r\n")).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void anOldClientGetsPiecesWithoutChunks() throws IOException {
        try (HttpServer server = serve(call -> {
            call.begin(200);
            call.write("one".getBytes(StandardCharsets.UTF_8));
            call.write("two".getBytes(StandardCharsets.UTF_8));
            call.end();
        })) {
            assertThat(ask(server, "GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"))
                    .doesNotContain("chunked")
                    .endsWith("\r\n\r\nonetwo");
        }
    }

    @Test
    void aReaderThatIsSlowButReadsGetsAll() throws Exception {
        byte[] large = new byte[3 << 20];
        try (HttpServer server = serve(call -> call.reply(200, large));
                Socket socket = connect(server, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
            byte[] some = new byte[64 << 10];
            int count = 0;
            for (int n = socket.getInputStream().read(some);
                    n >= 0;
                    n = socket.getInputStream().read(some)) {
                count += n;
                Thread.sleep(30); // 1.5 seconds and more in all: twice what a client may read nothing
            }
            assertThat(count).isGreaterThan(large.length);
        }
    }

    @Test
    void moreConnectionsThanMayBeAreTold() throws IOException {
        try (HttpServer server = serve(HttpServerTest::echo)) {
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

    @Test
    void aHandlerThatThrowsGets500AndTheNextRequestIsAnswered() throws IOException {
        try (HttpServer server = serve(call -> {
            if (call.path().equals("/bad")) {
                throw new IllegalStateException("planted");
            }
            echo(call);
        })) {
            assertThat(
                            ask(
                                    server,
                                    "GET /bad HTTP/1.1\r\nHost: x\r\n\r\nGET /good HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 500 ")
                    .contains("GET /good");
        }
    }

    @Test
    void piecesComeAsTheyAreWritten() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        try (HttpServer server = serve(call -> {
                    call.begin(200);
                    call.write("one".getBytes(StandardCharsets.UTF_8));
                    second.await();
                    call.write("two".getBytes(StandardCharsets.UTF_8));
                    call.end();
                });
                Socket socket = connect(server, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
            InputStream in = socket.getInputStream();
            StringBuilder text = new StringBuilder();
            while (text.indexOf("one") < 0) {
                text.append((char) in.read());
            }
            second.countDown();
            text.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            assertThat(text).contains("two").endsWith("0\r\n\r\n");
        }
    }

    @Test
    void filesThatAreNoKeyAndCertificateAreNamed() throws Exception {
        Tls own = SelfSigned.make(folder, "EC").files();
        Tls other = SelfSigned.make(folder, "EC").files();
        Tls rsa = SelfSigned.make(folder, "RSA").files();
        Path rubbish = Files.writeString(folder.resolve("rubbish.pem"), "rubbish");
        Path missing = folder.resolve("missing.pem");
        String pkcs8 = "; make it one: openssl pkcs8 -topk8 -nocrypt";
        refused(new Tls(rubbish, own.certificate()), rubbish + ": is no private key of PKCS #8", pkcs8);
        refused(new Tls(own.certificate(), own.certificate()), own.certificate() + ": is no private key", pkcs8);
        refused(new Tls(missing, own.certificate()), missing + ": cannot be read");
        refused(new Tls(own.key(), rubbish), rubbish + ": is no certificate in PEM");
        refused(new Tls(own.key(), own.key()), own.key() + ": is no certificate in PEM");
        refused(new Tls(own.key(), missing), missing + ": cannot be read");
        refused(new Tls(other.key(), own.certificate()), other.key() + ": is not the key of " + own.certificate());
        refused(new Tls(rsa.key(), own.certificate()), rsa.key() + ": is no private key", "not of kind EC");
        try (HttpServer server = listen(QUICK, Optional.of(rsa), HttpServerTest::echo)) {
            assertThat(server.port()).isPositive();
        }
    }

    /** As some programs write them. */
    @Test
    void keyAndCertificateMayBeOneFile() throws Exception {
        SelfSigned certificate = SelfSigned.make(folder, "EC");
        String key = Files.readString(certificate.files().key());
        String shown = Files.readString(certificate.files().certificate());
        for (String text : List.of(key + shown, shown + key)) {
            Path both = Files.writeString(folder.resolve("both.pem"), text);
            try (HttpServer server = listen(QUICK, Optional.of(new Tls(both, both)), HttpServerTest::echo);
                    Socket socket = certificate
                            .client()
                            .getSocketFactory()
                            .createSocket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.getOutputStream()
                        .write("GET /both HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.UTF_8));
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .endsWith("GET /both ");
            }
        }
    }

    private void refused(Tls files, String... parts) {
        assertThatThrownBy(() -> listen(QUICK, Optional.of(files), HttpServerTest::echo))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    void anAddressThatCannotBeListenedOnIsNamed() throws IOException {
        try (HttpServer server = serve(HttpServerTest::echo)) {
            assertThatThrownBy(() -> HttpServer.listen(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()),
                            QUICK,
                            Optional.empty(),
                            threads,
                            HttpServerTest::echo))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(Integer.toString(server.port()));
        }
    }
}
