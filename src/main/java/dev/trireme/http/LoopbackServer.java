package dev.trireme.http;

import dev.trireme.config.Requirements;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves pages of this process on 127.0.0.1 until it is closed. */
public final class LoopbackServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoopbackServer.class);
    private static final String LOOPBACK = "127.0.0.1";
    private static final int HTTP_PORT = 80;
    private static final Reply NOT_FOUND = new Reply("text/plain; charset=utf-8", "there is no such page\n");

    private final ExecutorService threads = Executors.newFixedThreadPool(2, LoopbackServer::thread);
    private final Map<String, Supplier<Reply>> pages = new ConcurrentHashMap<>();
    private final HttpServer server;

    private LoopbackServer(int port) {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.server = HttpServer.listen(address, HttpLimits.DEFAULTS, Optional.empty(), threads, this::answer);
    }

    /**
     * Listens; nothing is served before {@link #serve}.
     *
     * @param port to listen on; 0 for any that is free
     * @return the server, which the caller closes
     * @throws IllegalArgumentException when there is no such port, it is taken, or this user may not listen on it
     */
    public static LoopbackServer listen(int port) {
        Requirements.within("port", port, 0, 65_535);
        return new LoopbackServer(port);
    }

    /**
     * Serves a page from now on.
     *
     * @param path of the page, from the first slash on
     * @param page asked for at each request, on a thread of the server
     */
    public void serve(String path, Supplier<Reply> page) {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(page, "page");
        pages.put(path, page);
    }

    /**
     * Where it listens.
     *
     * @return such as {@code http://127.0.0.1:8080/}
     */
    public String address() {
        return "http://" + LOOPBACK + ":" + server.port() + "/";
    }

    private void answer(HttpCall call) throws IOException {
        if (!isForLoopback(call)) {
            send(call, 403, new Reply("text/plain; charset=utf-8", "ask for " + address() + "\n"));
        } else if (!call.method().equals("GET")) {
            call.replyWith("Allow", "GET");
            send(call, 405, new Reply("text/plain; charset=utf-8", "only GET is answered\n"));
        } else {
            send(call, Optional.ofNullable(pages.get(call.path())));
        }
    }

    private static void send(HttpCall call, Optional<Supplier<Reply>> page) throws IOException {
        Reply reply;
        try {
            reply = page.map(Supplier::get).orElse(NOT_FOUND);
        } catch (RuntimeException e) {
            LOG.warn("{} was not answered", call.path(), e);
            send(call, 500, new Reply("text/plain; charset=utf-8", "the page could not be made\n"));
            return;
        }
        send(call, page.isPresent() ? 200 : 404, reply);
    }

    private boolean isForLoopback(HttpCall call) {
        String host = call.host();
        String suffix =
                server.port() == HTTP_PORT && !host.contains(":") ? "" : ":" + server.port(); // browsers leave out :80
        return host.equals(LOOPBACK + suffix) || host.equals("localhost" + suffix);
    }

    private static void send(HttpCall call, int status, Reply reply) throws IOException {
        Reply.headers(reply.type()).forEach(call::replyWith);
        call.reply(status, reply.body().getBytes(StandardCharsets.UTF_8));
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "loopback server");
        thread.setDaemon(true);
        return thread;
    }

    /** Stops listening; a request that is being answered is cut. */
    @Override
    public void close() {
        server.close();
        threads.shutdownNow();
    }
}
