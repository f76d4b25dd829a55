package dev.trireme.serve;

import dev.trireme.config.NullChecks;
import dev.trireme.generate.EngineBusyException;
import dev.trireme.generate.TextModel;
import dev.trireme.http.HttpCall;
import dev.trireme.http.HttpServer;
import dev.trireme.http.Reply;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a model by OpenAI's HTTP interface.
 *
 * <pre>{@code
 * try (Engine engine = Engine.open(folder, settings);
 *         Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"));
 *         ModelServer server = ModelServer.start(
 *                 new TextModel("smol", engine, tokenizer, Optional.of(ChatTemplate.of(folder))), ServerConfig.DEFAULTS)) {
 *     … server.address() …
 * }
 * }</pre>
 *
 * <p>Nothing of a prompt or an answer is logged.
 */
public final class ModelServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelServer.class);
    private static final String READY = "ready";
    private static final int SPARE_THREADS = 32; // that answer those who are refused, and who ask for health

    private static final Duration TO_TELL = Duration.ofSeconds(2);
    private static final int SECONDS_TO_LOAD = 5; // until those who came too early may ask again

    private final ServerConfig config;
    private final HttpServer server;
    private final ExecutorService threads;
    private final AtomicInteger running = new AtomicInteger(); // calls of the model, which may take long
    private volatile Optional<Endpoints> endpoints; // none until the model is there
    private volatile boolean draining;
    private final Object closing = new Object();
    private boolean closed; // guarded by closing

    private ModelServer(ServerConfig config, Optional<Endpoints> endpoints) {
        this.config = config;
        this.endpoints = endpoints; // before anyone can ask
        this.threads = new ThreadPoolExecutor(
                1,
                config.threads() + SPARE_THREADS,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                ModelServer::thread);
        this.server = HttpServer.listen(
                new InetSocketAddress(config.host(), config.port()),
                config.limits(),
                config.tls(),
                threads,
                new Answers());
    }

    /**
     * Begins to listen while a model is loaded: {@code /health} is answered, {@code /ready} says no, and all else is told
     * to come again, until {@link #serve}.
     *
     * @param config where and how
     * @return the server, which the caller closes
     * @throws IllegalArgumentException if the address cannot be listened on
     */
    public static ModelServer listen(ServerConfig config) {
        NullChecks.require("config", config);
        return new ModelServer(config, Optional.empty());
    }

    /**
     * Begins to listen and to serve. Answers have no receipts.
     *
     * @param model what is served; it outlives the server
     * @param config where and how
     * @return the server, which the caller closes
     * @throws IllegalArgumentException if the address cannot be listened on
     */
    public static ModelServer start(TextModel model, ServerConfig config) {
        NullChecks.require("model", model, "config", config);
        return new ModelServer(config, Optional.of(new Endpoints(model, Optional.empty(), OptionalDouble.empty())));
    }

    /**
     * Begins to listen and to serve, with a receipt for every completion, chat and embedding.
     *
     * @param model what is served; it outlives the server
     * @param config where and how
     * @param receipts of which model, and whether they are kept
     * @return the server, which the caller closes
     * @throws IllegalArgumentException if the address cannot be listened on
     */
    public static ModelServer start(TextModel model, ServerConfig config, Receipts receipts) {
        NullChecks.require("model", model, "config", config, "receipts", receipts);
        return new ModelServer(
                config, Optional.of(new Endpoints(model, Optional.of(receipts), OptionalDouble.empty())));
    }

    /**
     * Serves a model from now on, with a receipt for every completion, chat and embedding.
     *
     * @param model what is served; it outlives the server
     * @param receipts of which model, and whether they are kept
     * @param memoryLimit bytes per second, for {@code /metrics}: see {@link MemoryLimit}
     * @throws IllegalStateException if it serves a model already, or was closed
     */
    public synchronized void serve(TextModel model, Receipts receipts, OptionalDouble memoryLimit) {
        NullChecks.require("model", model, "receipts", receipts, "memoryLimit", memoryLimit);
        if (draining) {
            throw new IllegalStateException("the server was closed; start another one");
        }
        if (endpoints.isPresent()) {
            throw new IllegalStateException("the server serves a model already; start another one for " + model.name());
        }
        endpoints = Optional.of(new Endpoints(model, Optional.of(receipts), memoryLimit));
    }

    /**
     * Where it listens.
     *
     * @return such as {@code http://127.0.0.1:8000}
     */
    public String address() {
        String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
        return (config.tls().isPresent() ? "https://" : "http://") + host + ":" + server.port();
    }

    /** HTTP's side of it. */
    private final class Answers implements HttpServer.Handler {
        @Override
        public void handle(HttpCall call) throws IOException, InterruptedException {
            call.interruptIfLeft(); // whatever waits for the engine ends, and frees what it asked for
            reply(new Exchange(call, config));
        }

        @Override
        public Reply refusal(int status, String why) {
            return new Reply(
                    Exchange.JSON, ApiException.ofHttp(status, why).json().toString());
        }
    }

    private void reply(Exchange exchange) throws IOException, InterruptedException {
        try {
            answer(exchange);
        } catch (ApiException e) {
            exchange.fail(e);
        } catch (EngineBusyException e) {
            exchange.fail(
                    ApiException.of(429, "rate_limit_error", "queue_full", String.valueOf(e.getMessage())),
                    secondsToWait());
        } catch (IllegalArgumentException e) {
            exchange.fail(
                    ApiException.of(400, "invalid_request_error", "invalid_request", String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            if (!draining) {
                throw e; // its client left
            }
            cut(exchange);
        } catch (CancellationException e) {
            LOG.debug("{} was cancelled", exchange.path(), e);
            if (draining) {
                cut(exchange);
            }
        } catch (RuntimeException | Error e) {
            LOG.warn("{} could not be answered", exchange.path(), e);
            if (!exchange.hasReplied()) {
                exchange.fail(ApiException.of(500, "server_error", "internal_error", "The server failed."));
            }
        }
    }

    /** To a client that waits still for what there is no time for. */
    private static void cut(Exchange exchange) throws IOException, InterruptedException {
        ApiException why =
                ApiException.of(503, "server_error", "ended", "The server ended before the answer did; ask another.");
        Thread.interrupted(); // or nothing could be written
        if (exchange.hasReplied()) {
            exchange.write(Events.data(why.json()));
            exchange.end();
        } else {
            exchange.fail(why);
        }
    }

    private void answer(Exchange exchange) throws IOException, InterruptedException {
        String path = exchange.path();
        exchange.requireOwnName();
        if (path.equals("/health")) {
            exchange.reply(200, "text/plain", "alive\n");
            return;
        }
        if (path.equals("/ready")) {
            String state = state();
            exchange.reply(state.equals(READY) ? 200 : 503, "text/plain", state + "\n");
            return;
        }
        Optional<Endpoints> loaded = endpoints;
        if (loaded.isEmpty()) {
            exchange.fail(
                    ApiException.of(503, "server_error", "loading", "The model is being loaded; ask again later."),
                    SECONDS_TO_LOAD);
            return;
        }
        if (path.equals("/")) {
            exchange.requireMethod("GET");
            exchange.replyWithPage(ChatPage.HTML);
            return;
        }
        exchange.requireKey();
        Endpoints.Endpoint endpoint = loaded.get().at(path);
        if (path.equals(Endpoints.METRICS)) { // also beside all others, and while the server ends
            endpoint.answer(exchange);
            return;
        }
        int others = running.getAndIncrement(); // before draining is read, which close sets before it reads this
        try {
            answer(endpoint, exchange, others);
        } finally {
            running.decrementAndGet();
        }
    }

    private void answer(Endpoints.Endpoint endpoint, Exchange exchange, int others)
            throws IOException, InterruptedException {
        if (draining) {
            exchange.fail(
                    ApiException.of(503, "server_error", "draining", "The server is about to end; ask another."), 1);
        } else if (others >= config.threads()) {
            exchange.fail(
                    ApiException.of(
                            429,
                            "rate_limit_error",
                            "too_many_requests",
                            config.threads() + " requests are under way, which is the most; ask again later."),
                    secondsToWait());
        } else {
            endpoint.answer(exchange);
        }
    }

    private String state() {
        if (draining) {
            return "draining";
        }
        return endpoints
                .map(all -> all.isWorking() ? READY : "no copy of the model works")
                .orElse("loading");
    }

    private int secondsToWait() {
        return endpoints.map(Endpoints::secondsToWait).orElse(1);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "model server");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Refuses new requests, lets those under way end for as long as the configuration says, and stops listening. Without
     * effect the second time.
     */
    @Override
    public void close() {
        synchronized (closing) {
            if (!closed) {
                closed = true;
                drain();
            }
        }
    }

    private void drain() {
        synchronized (this) { // no model comes any more
            draining = true;
        }
        long end = System.nanoTime() + config.drain().toNanos();
        while (running.get() > 0 && System.nanoTime() < end && pause()) {}
        int cut = running.get();
        if (cut > 0) {
            threads.shutdownNow(); // who waits for the engine tells its client that there is no answer
            end = System.nanoTime() + TO_TELL.toNanos();
            while (running.get() > 0 && System.nanoTime() < end && pause()) {}
        }
        server.close();
        threads.shutdownNow();
        if (cut > 0) {
            LOG.warn(
                    "{} cut: not ended {} s after the server began to",
                    cut == 1 ? "1 request was" : cut + " requests were",
                    config.drain().toSeconds());
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(Duration.ofMillis(20).toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
