package dev.trireme.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.trireme.config.Requirements;
import java.io.IOException;
import java.net.BindException;
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
    private static final int WAITING = 16; // connections
    private static final int HTTP_PORT = 80;
    private static final Reply NOT_FOUND = new Reply("text/plain; charset=utf-8", "there is no such page\n");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(2, LoopbackServer::thread);
    private final Map<String, Supplier<Reply>> pages = new ConcurrentHashMap<>();

    private LoopbackServer(HttpServer server) {
        this.server = server;
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
        try {
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
            LoopbackServer server = new LoopbackServer(HttpServer.create(address, WAITING));
            server.start();
            return server;
        } catch (BindException e) {
            throw new IllegalArgumentException(
                    "port " + port + " of " + LOOPBACK + " cannot be listened on (" + e.getMessage()
                            + "); use another, or 0 for any that is free",
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "port " + port + " of " + LOOPBACK + " cannot be listened on (" + e + ")", e);
        }
    }

    private void start() {
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
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
        return "http://" + LOOPBACK + ":" + port() + "/";
    }

    private int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!isForLoopback(exchange)) {
                send(exchange, 403, new Reply("text/plain; charset=utf-8", "ask for " + address() + "\n"));
            } else if (!exchange.getRequestMethod().equals("GET")) {
                exchange.getResponseHeaders().set("Allow", "GET");
                send(exchange, 405, new Reply("text/plain; charset=utf-8", "only GET is answered\n"));
            } else {
                Optional<Supplier<Reply>> page =
                        Optional.ofNullable(pages.get(exchange.getRequestURI().getPath()));
                send(exchange, page);
            }
        }
    }

    private static void send(HttpExchange exchange, Optional<Supplier<Reply>> page) throws IOException {
        try {
            Reply reply = page.map(Supplier::get).orElse(NOT_FOUND);
            send(exchange, page.isPresent() ? 200 : 404, reply);
        } catch (RuntimeException e) {
            LOG.warn("{} was not answered", exchange.getRequestURI(), e);
            send(exchange, 500, new Reply("text/plain; charset=utf-8", "the page could not be made\n"));
        }
    }

    private boolean isForLoopback(HttpExchange exchange) {
        String host = String.valueOf(exchange.getRequestHeaders().getFirst("Host"));
        String suffix = port() == HTTP_PORT && !host.contains(":") ? "" : ":" + port(); // browsers leave out :80
        return host.equals(LOOPBACK + suffix) || host.equals("localhost" + suffix);
    }

    private static void send(HttpExchange exchange, int status, Reply reply) throws IOException {
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", reply.type());
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "loopback server");
        thread.setDaemon(true);
        return thread;
    }

    /** Stops listening; a request that is being answered is cut. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
