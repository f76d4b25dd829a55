package dev.trireme.task;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import java.util.List;
import java.util.Objects;

/**
 * A document that a program has in memory.
 *
 * @param json the object that a line of a file would have
 */
public record Document(String json) {
    /** Checks that there is one. */
    public Document {
        Objects.requireNonNull(json, "json");
    }

    /**
     * A turn of a conversation.
     *
     * @param role such as {@code user}, {@code assistant} or {@code system}
     * @param content what is said
     */
    public record Message(String role, String content) {
        /** Checks that no component is null. */
        public Message {
            NullChecks.require("role", role, "content", content);
        }
    }

    /**
     * For task text.
     *
     * @param text all of it
     * @return the document
     */
    public static Document text(String text) {
        Objects.requireNonNull(text, "text");
        return new Document(TextForm.line(text, false));
    }

    /**
     * For task chat.
     *
     * @param messages a turn of the assistant among them
     * @return the document
     */
    public static Document chat(List<Message> messages) {
        Objects.requireNonNull(messages, "messages");
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        ArrayNode turns = row.putArray("messages");
        messages.forEach(turn -> turns.addObject().put("role", turn.role).put("content", turn.content));
        return new Document(Json.text(Json.WRITER, row));
    }

    /**
     * For task chat: a question and its answer.
     *
     * @param question of the user
     * @param answer of the assistant
     * @return the document
     */
    public static Document chat(String question, String answer) {
        NullChecks.require("question", question, "answer", answer);
        return chat(List.of(new Message("user", question), new Message("assistant", answer)));
    }

    /**
     * For task instruct.
     *
     * @param prompt what the model is given
     * @param completion what it should go on with
     * @return the document
     */
    public static Document instruct(String prompt, String completion) {
        NullChecks.require("prompt", prompt, "completion", completion);
        return new Document(Json.text(
                Json.WRITER,
                JsonNodeFactory.instance.objectNode().put("prompt", prompt).put("completion", completion)));
    }
}
