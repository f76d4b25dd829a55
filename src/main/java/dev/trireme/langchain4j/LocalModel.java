package dev.trireme.langchain4j;

import dev.trireme.chat.ChatTemplate;
import dev.trireme.config.NullChecks;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.generate.Engine;

/**
 * What the models of this package run on. They borrow all of it; it outlives them.
 *
 * @param name by which requests may call it
 * @param engine that computes
 * @param tokenizer of its model
 * @param template of its conversations
 */
public record LocalModel(String name, Engine engine, Tokenizer tokenizer, ChatTemplate template) {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is blank
     */
    public LocalModel {
        NullChecks.require("name", name, "engine", engine, "tokenizer", tokenizer, "template", template);
        if (name.isBlank()) {
            throw new IllegalArgumentException("the model's name is blank; give it one");
        }
    }
}
