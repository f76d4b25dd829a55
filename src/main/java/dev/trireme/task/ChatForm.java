package dev.trireme.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.chat.ChatPrompt;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.chat.Conversation;
import dev.trireme.data.tokenizer.Tokenizer;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;

/**
 * <code>{"messages": [{"role": …, "content": …}, …]}</code>, perhaps with {@code tools}, as the model's template writes them.
 * A template that asks for the date is told the same one always, so that the tokens of a corpus do not change over night.
 */
record ChatForm(ChatTemplate template, boolean learnsAll) implements DocumentForm {
    private static final String MESSAGES = "messages";
    private static final String ASSISTANT = "assistant";
    private static final ZonedDateTime DATE = ZonedDateTime.of(2025, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    @Override
    public void check(JsonNode row) {
        boolean answers = row.path(MESSAGES).findValuesAsText("role").contains(ASSISTANT);
        Conversation conversation = conversation(row);
        if (!answers) {
            throw new IllegalArgumentException("has no turn of the assistant to learn; add a message with role"
                    + " \"assistant\", or drop the line");
        }
        render(conversation);
    }

    private static Conversation conversation(JsonNode row) {
        Optional<JsonNode> tools = Optional.of(row.path("tools")).filter(JsonNode::isArray);
        ObjectNode arguments = row.path("chat_template_kwargs") instanceof ObjectNode given
                ? given
                : JsonNodeFactory.instance.objectNode();
        return new Conversation(row.path(MESSAGES), tools, arguments);
    }

    private ChatPrompt render(Conversation conversation) {
        try {
            return template.render(conversation, DATE);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "is refused by the chat template (" + e.getMessage()
                            + "); change its roles or their order, or drop the line",
                    e);
        }
    }

    @Override
    public Encoded encode(JsonNode row, Tokenizer tokenizer, int end) {
        Conversation conversation = conversation(row);
        JsonNode messages = conversation.messages();
        ChatPrompt prompt = render(conversation);
        ChatPrompt.Answers answers = prompt.encodeAnswers(
                tokenizer,
                message -> messages.path(message).path("role").asText().equals(ASSISTANT));
        byte[] learned = new byte[answers.ids().length];
        for (int i = 0; i < learned.length; i++) {
            learned[i] = (byte) (learnsAll || answers.answers()[i] ? 1 : 0);
        }
        return new Encoded(
                answers.ids(), learned, DocumentForm.utf8Bytes(learnsAll ? prompt.toString() : answers.text()), false);
    }

    /** What the user says last before the last turn of the assistant, if it is text. */
    @Override
    public Optional<Asked> asked(JsonNode row) {
        JsonNode messages = template.joined(conversation(row), DATE).messages();
        for (int i = lastAnswer(messages) - 1; i >= 0; i--) {
            JsonNode content = messages.get(i).path("content");
            if (messages.get(i).path("role").asText().equals("user")
                    && content.isTextual()
                    && !content.asText().isBlank()) {
                return Optional.of(new Asked(true, content.asText()));
            }
        }
        return Optional.empty();
    }

    private static int lastAnswer(JsonNode messages) {
        int last = messages.size() - 1;
        while (last > 0 && !messages.get(last).path("role").asText().equals(ASSISTANT)) {
            last--;
        }
        return last;
    }

    /** All before the last turn of the assistant. */
    @Override
    public Optional<Question> question(JsonNode row, Tokenizer tokenizer) {
        Conversation conversation = conversation(row);
        JsonNode messages = conversation.messages();
        ArrayNode before = JsonNodeFactory.instance.arrayNode();
        int last = lastAnswer(messages);
        for (int i = 0; i < last; i++) {
            before.add(messages.get(i));
        }
        if (before.isEmpty() || before.get(last - 1).path("role").asText().equals(ASSISTANT)) {
            return Optional.empty();
        }
        Conversation asked = new Conversation(before, conversation.tools(), conversation.arguments());
        JsonNode texts = template.joined(conversation, DATE).messages();
        return Optional.of(new Question(
                texts.get(last - 1).path("content").asText(),
                render(asked).encode(tokenizer),
                texts.get(last).path("content").asText()));
    }
}
