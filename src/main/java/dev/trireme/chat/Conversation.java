package dev.trireme.chat;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Messages as OpenAI and Hugging Face have them, and what else a template may be told.
 *
 * @param messages a JSON array of objects, each with a text {@code role}, and whatever its template reads:
 *     {@code content}, {@code tool_calls}, …; a content may be an array of texts
 * @param tools a JSON array of functions that the model may call
 * @param arguments more variables of the template, such as <code>{"enable_thinking": false}</code>
 */
public record Conversation(JsonNode messages, Optional<JsonNode> tools, ObjectNode arguments) {
    /**
     * Checks what every template expects.
     *
     * @throws IllegalArgumentException if messages or tools are no arrays, there is no message, or one has no role or a part
     *     that is no text
     */
    public Conversation {
        NullChecks.require("messages", messages, "tools", tools, "arguments", arguments);
        if (!messages.isArray() || messages.isEmpty()) {
            throw new IllegalArgumentException(
                    "messages are no JSON array with one or more" + " {\"role\": …, \"content\": …}");
        }
        for (int i = 0; i < messages.size(); i++) {
            if (!messages.get(i).path("role").isTextual()) {
                throw new IllegalArgumentException(
                        "message " + (i + 1) + " has no text \"role\"; give it one, such as \"user\"");
            }
        }
        if (tools.filter(list -> !list.isArray()).isPresent()) {
            throw new IllegalArgumentException("tools are no JSON array of functions");
        }
        MessageTexts.requireTexts(messages);
    }

    /**
     * A question.
     *
     * @param text what the user says
     * @return a conversation of one message
     */
    public static Conversation ofUser(String text) {
        return of("user", text);
    }

    /**
     * A conversation of one message.
     *
     * @param role such as {@code system}
     * @param text what it says
     * @return the conversation
     */
    public static Conversation of(String role, String text) {
        NullChecks.require("role", role, "text", text);
        ArrayNode messages = JsonNodeFactory.instance.arrayNode();
        messages.addObject().put("role", role).put("content", text);
        return new Conversation(messages, Optional.empty(), JsonNodeFactory.instance.objectNode());
    }

    /**
     * The same with one message more.
     *
     * @param role such as {@code assistant}
     * @param text what it says
     * @return the longer conversation; this one stays as it is
     */
    public Conversation with(String role, String text) {
        NullChecks.require("role", role, "text", text);
        ArrayNode longer = JsonNodeFactory.instance.arrayNode();
        messages.forEach(longer::add);
        longer.addObject().put("role", role).put("content", text);
        return new Conversation(longer, tools, arguments);
    }

    /**
     * Reads a conversation.
     *
     * @param messages a JSON file: an array of messages, or an object with {@code messages} and perhaps {@code tools}
     * @param tools a JSON file with an array of functions, which replaces those of the first
     * @return the conversation
     * @throws BadInputException naming the file, if one cannot be read or is no such JSON
     */
    public static Conversation read(Path messages, Optional<Path> tools) {
        NullChecks.require("messages", messages, "tools", tools);
        JsonNode root = JsonFile.read(messages);
        JsonNode list = root.isObject() ? root.path("messages") : root;
        Optional<JsonNode> functions = tools.map(JsonFile::read)
                .or(() -> Optional.of(root.path("tools")).filter(JsonNode::isArray));
        try {
            return new Conversation(list, functions, JsonNodeFactory.instance.objectNode());
        } catch (IllegalArgumentException e) {
            throw new BadInputException(messages + ": " + e.getMessage(), e);
        }
    }

    /**
     * The same with other arguments.
     *
     * @param json an object, such as <code>{"enable_thinking": false}</code>
     * @return the conversation
     * @throws IllegalArgumentException if the text is no JSON object
     */
    public Conversation withArguments(String json) {
        Objects.requireNonNull(json, "json");
        try {
            if (Json.STRICT_FILE.readTree(json) instanceof ObjectNode object) {
                return new Conversation(messages, tools, object);
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "arguments of the template are no JSON (" + e.getOriginalMessage() + "); write an object", e);
        }
        throw new IllegalArgumentException("arguments of the template are no JSON object; write {\"name\": value}");
    }

    /**
     * The same with each content one text.
     *
     * @param between the parts of a message
     * @return the conversation without parts
     */
    public Conversation joined(String between) {
        Objects.requireNonNull(between, "between");
        return new Conversation(MessageTexts.joined(messages, between), tools, arguments);
    }

    /** Whether the next message is the model's. */
    boolean awaitsAnswer() {
        return !messages.get(messages.size() - 1).path("role").asText().equals("assistant");
    }
}
