package dev.trireme.serve;

import dev.trireme.chat.ChatTemplate;
import dev.trireme.config.NullChecks;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.generate.Engine;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is served: a model, and under their own names the adapters of its engine. The server borrows all of it.
 *
 * @param name by which requests call it
 * @param engine that answers
 * @param tokenizer of the model
 * @param template for conversations, if the model has one
 * @param fingerprints of the model; with them every answer has a receipt
 */
public record ServedModel(
        String name,
        Engine engine,
        Tokenizer tokenizer,
        Optional<ChatTemplate> template,
        Optional<Fingerprints> fingerprints) {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is blank, or an adapter's
     */
    public ServedModel {
        NullChecks.require(
                "name",
                name,
                "engine",
                engine,
                "tokenizer",
                tokenizer,
                "template",
                template,
                "fingerprints",
                fingerprints);
        if (name.isBlank()) {
            throw new IllegalArgumentException("the model's name is blank; give it one");
        }
        if (engine.adapters().contains(name)) {
            throw new IllegalArgumentException("the model and an adapter are both called " + name + "; rename one");
        }
    }

    /**
     * A model whose answers have no receipts.
     *
     * @param name by which requests call it
     * @param engine that answers
     * @param tokenizer of the model
     * @param template for conversations, if the model has one
     */
    public ServedModel(String name, Engine engine, Tokenizer tokenizer, Optional<ChatTemplate> template) {
        this(name, engine, tokenizer, template, Optional.empty());
    }

    int positions() {
        return engine.config().model().positions();
    }

    int vocabulary() {
        return engine.config().model().vocabulary();
    }

    /**
     * What requests may ask for.
     *
     * @return the model's name, and those of its adapters
     */
    public List<String> names() {
        return Stream.concat(Stream.of(name), engine.adapters().stream()).toList();
    }

    /** The name that a call asks for: of the model, or of an adapter. */
    String asked(Fields fields) {
        String asked = fields.text("model").orElse(name);
        if (!names().contains(asked)) {
            throw ApiException.of(
                    404,
                    "invalid_request_error",
                    "model_not_found",
                    "The model '" + asked + "' does not exist; this server has '" + String.join("', '", names())
                            + "'.");
        }
        return asked;
    }

    /** As requests to the engine call the adapter. */
    String adapter(String asked) {
        return asked.equals(name) ? "" : asked;
    }
}
