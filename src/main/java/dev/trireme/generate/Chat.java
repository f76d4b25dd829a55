package dev.trireme.generate;

import dev.trireme.chat.ChatTemplate;
import dev.trireme.chat.Conversation;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.EngineException;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A conversation that goes on: each question is asked with all that was said before, as the model's template writes it. Of
 * several threads one asks after the other; any number of conversations may share a generator.
 *
 * <pre>{@code
 * try (Generator generator = Generator.open(model)) {
 *     Chat chat = Chat.begin(generator, ChatTemplate.of(model), GenerateOptions.upTo(100));
 *     chat.ask("What is the capital of France?", System.out::print);
 *     chat.ask("And of Italy?", System.out::print);
 * }
 * }</pre>
 */
public final class Chat {
    private final Generator generator;
    private final ChatTemplate template;
    private final GenerateOptions options;
    private Optional<Conversation> said;

    private Chat(Generator generator, ChatTemplate template, GenerateOptions options, Optional<Conversation> said) {
        this.generator = generator;
        this.template = template;
        this.options = options;
        this.said = said;
    }

    /**
     * Begins a conversation.
     *
     * @param generator that answers, and stays open meanwhile
     * @param template of its model
     * @param options of each answer
     * @return a conversation in which nothing was said
     */
    public static Chat begin(Generator generator, ChatTemplate template, GenerateOptions options) {
        NullChecks.require("generator", generator, "template", template, "options", options);
        return new Chat(generator, template, options, Optional.empty());
    }

    /**
     * Goes on with a conversation, or begins after what the system says.
     *
     * @param generator that answers, and stays open meanwhile
     * @param template of its model
     * @param options of each answer
     * @param said so far, with tools and arguments of the template
     * @return the conversation, in which the user is next
     */
    public static Chat goOn(Generator generator, ChatTemplate template, GenerateOptions options, Conversation said) {
        NullChecks.require("generator", generator, "template", template, "options", options, "said", said);
        return new Chat(generator, template, options, Optional.of(said));
    }

    /**
     * Asks, and waits for the answer. Both are then part of the conversation; where it fails, neither is.
     *
     * @param question what the user says
     * @param onText given the answer as it comes, in whole characters
     * @return the whole answer
     * @throws IllegalArgumentException when the template refuses the conversation, or it and the answer are more than the
     *     model's positions
     * @throws IllegalStateException when the generator is closed
     * @throws EngineException when a device fails
     */
    public synchronized Generation ask(String question, Consumer<String> onText) {
        NullChecks.require("question", question, "onText", onText);
        Conversation asked =
                said.map(before -> before.with("user", question)).orElseGet(() -> Conversation.ofUser(question));
        Generation answer =
                generator.answer(template.render(asked, ZonedDateTime.now(ZoneId.systemDefault())), options, onText);
        said = Optional.of(asked.with("assistant", answer.text()));
        return answer;
    }

    /**
     * What was said.
     *
     * @return all messages so far, with those that it goes on with; nothing before the first answer of one that has none
     */
    public synchronized Optional<Conversation> said() {
        return said;
    }
}
