package dev.trireme.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Messages whose content is an array of parts, as the published interface has them beside strings. */
final class MessageTexts {
    private MessageTexts() {}

    /**
     * Parts of text made one string with line breaks between, which all templates take.
     *
     * @param messages an array
     * @return another, with those messages that have no parts as they are
     * @throws IllegalArgumentException naming a part that is no text
     */
    static ArrayNode joined(JsonNode messages) {
        ArrayNode joined = JsonNodeFactory.instance.arrayNode();
        for (JsonNode message : messages) {
            if (message instanceof ObjectNode object && object.get("content") instanceof ArrayNode parts) {
                String text = joined(parts, "messages[" + joined.size() + "].content");
                joined.add(object.deepCopy().put("content", text));
            } else {
                joined.add(message);
            }
        }
        return joined;
    }

    private static String joined(ArrayNode parts, String place) {
        List<String> texts = new ArrayList<>();
        for (JsonNode part : parts) {
            String type = part.path("type").asText();
            if (!type.equals("text") || !part.path("text").isTextual()) {
                throw new IllegalArgumentException(
                        place + " has a part " + (type.equals("text") ? "without a text" : "of type '" + type + "'")
                                + ", and the model reads texts alone; give parts such as"
                                + " {\"type\": \"text\", \"text\": …}, or a string");
            }
            texts.add(part.path("text").textValue());
        }
        return String.join("\n", texts);
    }
}
