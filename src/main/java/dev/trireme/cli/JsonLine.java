package dev.trireme.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A JSON object on one line, for programs to read. */
final class JsonLine {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private final ObjectNode object = MAPPER.createObjectNode();

    private JsonLine() {}

    static JsonLine of(String kind) {
        return new JsonLine().put("kind", kind);
    }

    JsonLine put(String key, Object value) {
        object.set(key, MAPPER.valueToTree(value));
        return this;
    }

    JsonLine putAll(Record values) {
        object.setAll(MAPPER.<ObjectNode>valueToTree(values));
        return this;
    }

    @Override
    public String toString() {
        return object.toString();
    }
}
