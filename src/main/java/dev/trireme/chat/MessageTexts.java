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
    private static final String FIRST = "the first part";
    private static final String SECOND = "the second part";
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

    /** The same with the parts of each message made one text, with line breaks between. */
    static ArrayNode joined(JsonNode messages) {
        ArrayNode joined = JsonNodeFactory.instance.arrayNode();
        for (JsonNode message : messages) {
            if (message instanceof ObjectNode object && object.get(CONTENT) instanceof ArrayNode parts) {
                List<String> texts = new ArrayList<>();
                parts.forEach(part -> texts.add(part.path(TEXT).textValue()));
                joined.add(object.deepCopy().put(CONTENT, String.join("\n", texts)));
            } else {
                joined.add(message);
            }
        }
        return joined;
    }

    /** A message that shows what a template makes of parts. */
    static ArrayNode probe() {
        ArrayNode messages = JsonNodeFactory.instance.arrayNode();
        ArrayNode parts = messages.addObject().put("role", "user").putArray(CONTENT);
        for (String text : List.of(FIRST, SECOND)) {
            parts.addObject().put(TYPE, TEXT).put(TEXT, text).put(WHOLE, "");
        }
        return messages;
    }

    /**
     * Whether a template walks over parts: it writes their texts, and not the array itself, as one that only prints a
     * content does.
     *
     * @param written that it wrote of the {@link #probe}
     */
    static boolean areWalked(String written) {
        return written.contains(FIRST) && written.contains(SECOND) && !written.contains(WHOLE);
    }
}
