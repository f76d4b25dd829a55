package dev.trireme.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Messages whose content is an array of parts, as the published interface has them beside strings. */
final class MessageTexts {
    private MessageTexts() {}

    /**
     * Parts of text made one string with line breaks between, which all templates take.
     *
     * @throws ApiException naming a part that is no text
     */
    static JsonNode joined(JsonNode messages) {
        if (!(messages.deepCopy() instanceof ArrayNode all)) {
            return messages; // and is refused as what it is
        }
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) instanceof ObjectNode message && message.get("content") instanceof ArrayNode parts) {
                message.put("content", joined(parts, "messages[" + i + "].content"));
            }
        }
        return all;
    }

    private static String joined(ArrayNode parts, String name) {
        List<String> texts = new ArrayList<>();
        for (JsonNode part : parts) {
            String type = part.path("type").asText();
            if (!type.equals("text") || !part.path("text").isTextual()) {
                throw ApiException.unsupported(
                        name,
                        "'" + name + "' has a part of type '" + type
                                + "'; the model reads parts of type 'text' alone.");
            }
            texts.add(part.path("text").textValue());
        }
        return String.join("\n", texts);
    }
}
