package dev.trireme.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Messages whose content is an array of parts, as the published interface has them beside strings. */
final class MessageTexts {
    private static final String CONTENT = "content";
    private static final String TYPE = "type";
    private static final String TEXT = "text";
    private static final String WHOLE = "parts as they are";

    private MessageTexts() {}

    static boolean haveParts(JsonNode messages) {
        for (JsonNode message : messages) {
            if (message.path(CONTENT).isArray()) {
                return true;
            }
        }
        return false;
    }

    /** @throws BadPartException if a part is no text */
    static void requireTexts(JsonNode messages) {
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).path(CONTENT) instanceof ArrayNode parts) {
                requireTexts(parts, "messages[" + i + "]." + CONTENT);
            }
        }
    }

    private static void requireTexts(ArrayNode parts, String place) {
        for (JsonNode part : parts) {
            JsonNode type = part.path(TYPE);
            if (!type.isTextual()) {
                throw new BadPartException(place, "that is no {\"type\": …} object");
            }
            if (!type.textValue().equals(TEXT)) {
                throw new BadPartException(place, "of type '" + type.textValue() + "'");
            }
            if (!part.path(TEXT).isTextual()) {
                throw new BadPartException(place, "without a text");
            }
        }
    }

    /** The same with the parts of each message made one text. */
    static ArrayNode joined(JsonNode messages, String between) {
        ArrayNode joined = JsonNodeFactory.instance.arrayNode();
        for (JsonNode message : messages) {
            if (message instanceof ObjectNode object && object.get(CONTENT) instanceof ArrayNode parts) {
                List<String> texts = new ArrayList<>();
                parts.forEach(part -> texts.add(part.path(TEXT).textValue()));
                joined.add(object.deepCopy().put(CONTENT, String.join(between, texts)));
            } else {
                joined.add(message);
            }
        }
        return joined;
    }

    /** The same with texts that can be told apart, in parts that show when a template prints the whole of one. */
    static ArrayNode probe(JsonNode messages) {
        ArrayNode probe = messages.deepCopy();
        for (int i = 0; i < probe.size(); i++) {
            JsonNode parts = probe.get(i).path(CONTENT);
            for (int part = 0; parts.isArray() && part < parts.size(); part++) {
                ((ObjectNode) parts.get(part))
                        .put(TEXT, "(part " + part + " of " + i + ")")
                        .put(WHOLE, "");
            }
        }
        return probe;
    }

    /**
     * Whether a template writes the texts of all parts, and not the parts themselves, as one that prints a content does.
     *
     * @param probe of {@link #probe}
     * @param written what the template made of it
     */
    static boolean areWritten(JsonNode probe, String written) {
        for (JsonNode message : probe) {
            for (JsonNode part : message.path(CONTENT)) {
                if (!written.contains(part.path(TEXT).asText())) {
                    return false;
                }
            }
        }
        return !written.contains(WHOLE);
    }
}
