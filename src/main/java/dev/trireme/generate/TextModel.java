package dev.trireme.generate;

import dev.trireme.chat.ChatTemplate;
import dev.trireme.config.NullChecks;
import dev.trireme.data.tokenizer.Tokenizer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A model that texts go into and come out of, and under their own names the adapters of its engine. Who is given one
 * borrows all of it.
 *
 * @param name by which requests call it
 * @param engine that answers
 * @param tokenizer of the model
 * @param template for conversations, if the model has one
 */
public record TextModel(String name, Engine engine, Tokenizer tokenizer, Optional<ChatTemplate> template) {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is blank, or an adapter's
     */
    public TextModel {
        NullChecks.require("name", name, "engine", engine, "tokenizer", tokenizer, "template", template);
        if (name.isBlank()) {
            throw new IllegalArgumentException("the model's name is blank; give it one");
        }
        if (engine.adapters().contains(name)) {
            throw new IllegalArgumentException("the model and an adapter are both called " + name + "; rename one");
        }
    }

    /**
     * The longest text.
     *
     * @return tokens of a prompt and its answer together
     */
    public int positions() {
        return engine.config().model().positions();
    }

    /**
     * The vocabulary.
     *
     * @return how many tokens there are
     */
    public int vocabulary() {
        return engine.vocabulary();
    }

    /**
     * What requests may ask for.
     *
     * @return the model's name, and those of its adapters
     */
    public List<String> names() {
        return Stream.concat(Stream.of(name), engine.adapters().stream()).toList();
    }

    /**
     * What a request to the engine calls the adapter.
     *
     * @param asked one of {@link #names}
     * @return see {@link Request#adapter}
     * @throws IllegalArgumentException if it is none of them
     */
    public String adapter(String asked) {
        Objects.requireNonNull(asked, "asked");
        if (!names().contains(asked)) {
            throw new IllegalArgumentException(
                    "The model '" + asked + "' does not exist; there is '" + String.join("', '", names()) + "'.");
        }
        return asked.equals(name) ? "" : asked;
    }

    /**
     * The room for an answer.
     *
     * @param prompt tokens before it
     * @param asked the most tokens that the request wants, if it says so
     * @param usual the most if it does not
     * @return tokens of the answer at most
     * @throws IllegalArgumentException if it wants none, or the positions leave none or not as many as it wants
     */
    public int room(int prompt, Optional<Integer> asked, int usual) {
        Objects.requireNonNull(asked, "asked");
        if (asked.filter(most -> most < 1).isPresent()) {
            throw new IllegalArgumentException("At most " + asked.get() + " tokens are no answer; ask for 1 or more.");
        }
        int left = positions() - prompt;
        int wanted = asked.orElse(Math.max(1, Math.min(usual, left)));
        if (wanted > left) {
            throw new IllegalArgumentException("This model's maximum context length is " + positions()
                    + " tokens. However, you requested " + ((long) prompt + wanted) + " tokens (" + prompt
                    + " in the prompt, " + wanted + " in the completion); reduce one of the two.");
        }
        return wanted;
    }
}
