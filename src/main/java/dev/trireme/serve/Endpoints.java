package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.EngineMetrics;
import dev.trireme.generate.TextModel;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** What a loaded model answers, by path. */
final class Endpoints {
    /** What a path is answered by. */
    interface Endpoint {
        void answer(Exchange exchange) throws IOException, InterruptedException;
    }

    static final String METRICS = "/metrics";
    private static final String MODELS = "/v1/models";

    private final TextModel model;
    private final OptionalDouble memoryLimit;
    private final TextService texts;
    private final Map<String, Endpoint> all = new TreeMap<>();

    /** @param memoryLimit bytes per second that a stage can read, if it was measured */
    Endpoints(TextModel model, Optional<Receipts> receipts, OptionalDouble memoryLimit) {
        this.model = model;
        this.memoryLimit = memoryLimit;
        this.texts = new TextService(model, receipts);
        all.put(CompletionCall.PATH, this::completions);
        all.put(ChatCall.PATH, this::chat);
        all.put(EmbeddingCall.PATH, this::embeddings);
        all.put(MODELS, this::models);
        all.put("/tokenize", this::tokenize);
        all.put("/detokenize", this::detokenize);
        all.put(METRICS, this::metrics);
    }

    /** @throws ApiException if there is none */
    Endpoint at(String path) {
        if (path.startsWith(MODELS + "/")) {
            return exchange -> model(exchange, path.substring(MODELS.length() + 1));
        }
        return Optional.ofNullable(all.get(path))
                .orElseThrow(() -> ApiException.of(
                        404,
                        "invalid_request_error",
                        "not_found",
                        "There is no " + path + "; there are " + String.join(", ", all.keySet()) + "."));
    }

    /** Whether a copy of the model is left that answers. */
    boolean isWorking() {
        return model.engine().metrics().copies().stream().anyMatch(EngineMetrics.Copy::alive);
    }

    /** Until about half of those who wait are done, by the time between tokens and the length of answers so far. */
    int secondsToWait() {
        EngineMetrics metrics = model.engine().metrics();
        double tokens = (double) metrics.generatedTokens() / Math.max(1, metrics.answered());
        double seconds = tokens * metrics.betweenTokensNanos().p50() / 1e9;
        return (int) Math.max(1, Math.min(60, Math.ceil(seconds / 2)));
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
        texts.embed(exchange);
    }

    private void models(Exchange exchange) throws IOException {
        exchange.requireMethod("GET");
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("object", "list");
        model.names().forEach(name -> root.withArray("data").add(described(name)));
        exchange.reply(200, root);
    }

    private void model(Exchange exchange, String name) throws IOException {
        exchange.requireMethod("GET");
        if (!model.names().contains(name)) {
            throw ApiException.noModel(name, model);
        }
        exchange.reply(200, described(name));
    }

    private ObjectNode described(String name) {
        ObjectNode entry = JsonNodeFactory.instance
                .objectNode()
                .put("id", name)
                .put("object", "model")
                .put("created", 0)
                .put("owned_by", "trireme")
                .put("max_model_len", model.positions());
        return name.equals(model.name()) ? entry : entry.put("parent", model.name()); // an adapter
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
                PrometheusText.of(model.name(), model.engine().metrics(), texts.counts(), memoryLimit));
    }
}
