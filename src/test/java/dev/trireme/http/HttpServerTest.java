package dev.trireme.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** HTTP as bytes on a socket: what clients do that no client library does. */
@Timeout(60)
class HttpServerTest extends RawHttp {
    @Test
    void requestsOfAConnectionAreAnsweredInOrderAlsoWhenTheyComeAtOnce() throws IOException {
        try (HttpServer server = serve(RawHttp::echo)) {
            String replies = ask(
                    server,
                    "POST /a%20b?x=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
                            + "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nho\r\n1\r\n!\r\n0\r\n\r\n"
                            + "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(replies).containsSubsequence("POST /a b hi", "POST /b ho!", "GET /c ");
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
            assertThat(ask(server, "GET / HTTP/1.0\r\n\r\n")).endsWith("\r\n\r\nonetwo"); // whose HTTP knew no Host
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

    /** The handler does not notice that it is to end, so that closing waits as long as it may. */
    @Test
    void anInterruptedThreadThatClosesWaitsWithoutSpinning() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> release = new CompletableFuture<>();
        HttpServer server = serve(call -> {
            begun.countDown();
            release.join();
        });
        try (Socket socket = connect(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")) {
            begun.await();
            assertThat(socket.isConnected()).isTrue();
            ThreadMXBean clock = ManagementFactory.getThreadMXBean();
            long before = clock.getCurrentThreadCpuTime();
            Thread.currentThread().interrupt();
            server.close();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(Duration.ofNanos(clock.getCurrentThreadCpuTime() - before))
                    .isLessThan(Duration.ofSeconds(1));
        } finally {
            release.complete(true);
        }
    }

    /** Such as one that has no memory for a thread: what it did not run is not waited for. */
    @Test
    void anExecutorThatThrowsIsNotWaitedFor() throws Exception {
        HttpServer server = HttpServer.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                QUICK,
                Optional.empty(),
                work -> {
                    throw new OutOfMemoryError("planted");
                },
                RawHttp::echo);
        assertThat(ask(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")).isEmpty();
        assertThat(CompletableFuture.runAsync(server::close)).succeedsWithin(Duration.ofMillis(1900));
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
    void anAddressThatCannotBeListenedOnIsNamed() throws IOException {
        try (HttpServer server = serve(RawHttp::echo)) {
            assertThatThrownBy(() -> HttpServer.listen(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()),
                            QUICK,
                            Optional.empty(),
                            threads,
                            RawHttp::echo))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(Integer.toString(server.port()));
        }
    }
}
