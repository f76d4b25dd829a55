package dev.trireme.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A server, and requests to it as bytes. */
abstract class RawHttp {
    static final HttpLimits QUICK =
            new HttpLimits(4096, 16384, 40, Duration.ofMillis(700), Duration.ofSeconds(30), Duration.ofMillis(700));

    final ExecutorService threads = Executors.newCachedThreadPool();

    @TempDir
    Path folder;

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    final HttpServer serve(HttpServer.Handler handler) {
        return listen(QUICK, Optional.empty(), handler);
    }

    final HttpServer listen(HttpLimits limits, Optional<Tls> tls, HttpServer.Handler handler) {
        return HttpServer.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), limits, tls, threads, handler);
    }

    static void echo(HttpCall call) throws IOException {
        String text = call.method() + " " + call.path() + " " + StandardCharsets.UTF_8.decode(call.takeBody());
        call.reply(200, text.getBytes(StandardCharsets.UTF_8));
    }

    static Socket connect(HttpServer server, String bytes) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    static String ask(HttpServer server, String bytes) throws IOException {
        try (Socket socket = connect(server, bytes)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
