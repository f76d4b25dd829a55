package dev.trireme.serve;

import dev.trireme.chat.ChatTemplate;
import dev.trireme.config.NullChecks;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.generate.Engine;
import java.util.Optional;

/**
 * What is served. The server borrows all of it.
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
     * @throws IllegalArgumentException if it is blank
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

    void requireName(Fields fields) {
        String asked = fields.text("model").orElse(name);
        if (!asked.equals(name)) {
            throw ApiException.of(
                    404,
                    "invalid_request_error",
                    "model_not_found",
                    "The model '" + asked + "' does not exist; this server has '" + name + "'.");
        }
    }
}
