package dev.trireme.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Json;

/** An event that rank 0 sends to its launcher: a line {@code {"trireme":KIND,"value":…}} on its standard output. */
final class EventLine {
    private static final String KIND = "trireme";
    private static final String START = "{\"" + KIND + "\":";
    private static final String VALUE = "value";

    private EventLine() {}

    /** Whether a line of rank 0 is an event. */
    static boolean isIn(String line) {
        return line.startsWith(START);
    }

    static String write(RunEvent event) {
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put(KIND, EventKind.of(event).name());
        line.set(VALUE, Json.tree(event));
        return line.toString();
    }

    static RunEvent parse(String line) {
        try {
            JsonNode event = Json.READER.readTree(line);
            EventKind kind = EventKind.valueOf(event.required(KIND).textValue());
            return Json.READER.treeToValue(event.required(VALUE), kind.type());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("rank 0 said " + line + ", which is no event", e);
        }
    }
}
