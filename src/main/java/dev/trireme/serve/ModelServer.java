package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.NullChecks;
import dev.trireme.generate.EngineBusyException;
import dev.trireme.generate.EngineMetrics;
import dev.trireme.generate.TextModel;
import dev.trireme.http.HttpCall;
import dev.trireme.http.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
    private static final int SPARE_THREADS = 32; // that answer those who are refused, and who ask for health

    /** What a path is answered by. */
    private interface Endpoint {
        void answer(Exchange exchange) throws IOException, InterruptedException;
    }

    private final TextModel model;
    private final ServerConfig config;
    private final HttpServer server;
    private final ExecutorService threads;
    private final TextService texts;
    private final Map<String, Endpoint> endpoints = new TreeMap<>();
    private final AtomicInteger running = new AtomicInteger();
    private volatile boolean draining;

    private ModelServer(TextModel model, ServerConfig config, Optional<Receipts> receipts) {
        this.model = model;
        this.config = config;
        this.texts = new TextService(model, receipts);
        this.threads = new ThreadPoolExecutor(
                1,
                config.threads() + SPARE_THREADS,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                ModelServer::thread);
        endpoints.put(CompletionCall.PATH, this::completions);
        endpoints.put(ChatCall.PATH, this::chat);
        endpoints.put("/v1/embeddings", this::embeddings);
        endpoints.put("/v1/models", this::models);
        endpoints.put("/tokenize", this::tokenize);
        endpoints.put("/detokenize", this::detokenize);
        endpoints.put("/metrics", this::metrics);
        this.server = HttpServer.listen(
                new InetSocketAddress(config.host(), config.port()),
                config.limits(),
                config.tls(),
                threads,
                this::handle);
    }

    /**
     * Begins to serve. Answers have no receipts.
     *
     * @param model what is served; it outlives the server
     * @param config where and how
     * @return the server, which the caller closes
     * @throws IllegalArgumentException if the address cannot be listened on
     */
    public static ModelServer start(TextModel model, ServerConfig config) {
        NullChecks.require("model", model, "config", config);
        return new ModelServer(model, config, Optional.empty());
    }

    /**
     * Begins to serve, with a receipt for every answer.
     *
     * @param model what is served; it outlives the server
     * @param config where and how
     * @param receipts of which model, and whether they are kept
     * @return the server, which the caller closes
     * @throws IllegalArgumentException if the address cannot be listened on
     */
    public static ModelServer start(TextModel model, ServerConfig config, Receipts receipts) {
        NullChecks.require("model", model, "config", config, "receipts", receipts);
        return new ModelServer(model, config, Optional.of(receipts));
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

    private void handle(HttpCall call) throws IOException, InterruptedException {
        running.incrementAndGet();
        try {
            call.interruptIfLeft(); // whatever waits for the engine ends, and frees what it asked for
            reply(new Exchange(call, config));
        } finally {
            running.decrementAndGet();
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
        } catch (CancellationException e) {
            LOG.debug("{} was cancelled", exchange.path(), e);
        } catch (RuntimeException | Error e) {
            LOG.warn("{} could not be answered", exchange.path(), e);
            if (!exchange.hasReplied()) {
                exchange.fail(ApiException.of(500, "server_error", "internal_error", "The server failed."));
            }
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
            boolean works = model.engine().metrics().copies().stream().anyMatch(EngineMetrics.Copy::alive);
            exchange.reply(
                    draining || !works ? 503 : 200,
                    "text/plain",
                    draining ? "draining\n" : works ? "ready\n" : "no copy of the model works\n");
            return;
        }
        if (path.equals("/")) {
            exchange.requireMethod("GET");
            exchange.replyWithPage(ChatPage.HTML);
            return;
        }
        exchange.requireKey();
        Endpoint endpoint = endpoints.get(path);
        if (endpoint == null) {
            throw ApiException.of(
                    404,
                    "invalid_request_error",
                    "not_found",
                    "There is no " + path + "; there are " + String.join(", ", endpoints.keySet()) + ".");
        }
        if (draining) {
            exchange.fail(
                    ApiException.of(503, "server_error", "draining", "The server is about to end; ask another."), 1);
            return;
        }
        if (running.get() > config.threads()) {
            exchange.fail(
                    ApiException.of(
                            429,
                            "rate_limit_error",
                            "too_many_requests",
                            config.threads() + " requests are under way, which is the most; ask again later."),
                    secondsToWait());
            return;
        }
        endpoint.answer(exchange);
    }

    private void completions(Exchange exchange) throws IOException, InterruptedException {
        exchange.requireMethod("POST");
        texts.answer(CompletionCall.PATH, exchange);
    }

    private void chat(Exchange exchange) throws IOException, InterruptedException {
        exchange.requireMethod("POST");
        texts.answer(ChatCall.PATH, exchange);
    }

    private void embeddings(Exchange exchange) throws IOException {
        exchange.requireMethod("POST");
        exchange.reply(200, EmbeddingCall.answer(exchange.body(), model));
    }

    private void models(Exchange exchange) throws IOException {
        exchange.requireMethod("GET");
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("object", "list");
        for (String name : model.names()) {
            ObjectNode entry = root.withArray("data")
                    .addObject()
                    .put("id", name)
                    .put("object", "model")
                    .put("created", 0)
                    .put("owned_by", "trireme")
                    .put("max_model_len", model.positions());
            if (!name.equals(model.name())) {
                entry.put("parent", model.name()); // an adapter
            }
        }
        exchange.reply(200, root);
    }

    private void tokenize(Exchange exchange) throws IOException {
        exchange.requireMethod("POST");
        Fields fields = new Fields(exchange.body(), "");
        fields.model(model);
        String text = fields.text("prompt")
                .orElseThrow(() -> ApiException.invalid("prompt", "'prompt' is missing; give a string."));
        boolean plain = fields.value("add_special_tokens").isPresent() && !fields.flag("add_special_tokens");
        fields.requireNoOthers();
        int[] ids = plain ? model.tokenizer().encode(text) : model.tokenizer().encodePrompt(text);
        ObjectNode root =
                JsonNodeFactory.instance.objectNode().put("count", ids.length).put("max_model_len", model.positions());
        root.putArray("tokens");
        for (int id : ids) {
            root.withArray("tokens").add(id);
        }
        exchange.reply(200, root);
    }

    private void detokenize(Exchange exchange) throws IOException {
        exchange.requireMethod("POST");
        Fields fields = new Fields(exchange.body(), "");
        fields.model(model);
        int[] ids = CompletionCall.ids(fields, "tokens", model);
        fields.requireNoOthers();
        exchange.reply(
                200,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("prompt", model.tokenizer().decodeWithSpecialTokens(ids)));
    }

    private void metrics(Exchange exchange) throws IOException {
        exchange.requireMethod("GET");
        exchange.reply(
                200,
                "text/plain; version=0.0.4; charset=utf-8",
                PrometheusText.of(model.name(), model.engine().metrics()));
    }

    /** Until about half of those who wait are done, by the time between tokens and the length of answers so far. */
    private int secondsToWait() {
        EngineMetrics metrics = model.engine().metrics();
        double tokens = (double) metrics.generatedTokens() / Math.max(1, metrics.answered());
        double seconds = tokens * metrics.betweenTokensNanos().p50() / 1e9;
        return (int) Math.max(1, Math.min(60, Math.ceil(seconds / 2)));
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "model server");
        thread.setDaemon(true);
        return thread;
    }

    /** Refuses new requests, lets those under way end for as long as the configuration says, and stops listening. */
    @Override
    public void close() {
        draining = true;
        long end = System.nanoTime() + config.drain().toNanos();
        while (running.get() > 0 && System.nanoTime() < end && pause()) {}
        server.close();
        threads.shutdownNow();
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
