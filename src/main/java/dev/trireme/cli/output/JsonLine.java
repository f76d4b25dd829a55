package dev.trireme.cli.output;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Json;

/** A JSON object on one line. */
public final class JsonLine {
    private final ObjectNode object = JsonNodeFactory.instance.objectNode();

    private JsonLine() {}

    public static JsonLine of(String kind) {
        return new JsonLine().put("kind", kind);
    }

    public JsonLine put(String key, Object value) {
        object.set(key, Json.snakeCaseTree(value));
        return this;
    }

    @Override
    public String toString() {
        return object.toString();
    }
}
