package dev.trireme.template;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.NullChecks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The variables of a rendering, each made of JSON, whose texts keep the origin that is said here. */
public final class Variables {
    private final Map<String, Value> values = new LinkedHashMap<>();

    /**
     * Adds a variable, or replaces it.
     *
     * @param name by which the template knows it
     * @param json its value
     * @param origin of all texts in it; {@link RenderedText#TEMPLATE} for what is as trusted as the template
     * @return this
     */
    public Variables with(String name, JsonNode json, int origin) {
        NullChecks.require("name", name, "json", json);
        values.put(name, value(json, origin));
        return this;
    }

    /**
     * Adds a list each element of which has its own origin: the first {@code firstOrigin}, the next one more, ….
     *
     * @param name by which the template knows it
     * @param elements a JSON array
     * @param firstOrigin that of texts in the first element
     * @return this
     */
    public Variables withEach(String name, JsonNode elements, int firstOrigin) {
        NullChecks.require("name", name, "elements", elements);
        List<Value> list = new ArrayList<>();
        for (JsonNode element : elements) {
            list.add(value(element, firstOrigin + list.size()));
        }
        values.put(name, ListValue.of(list));
        return this;
    }

    Map<String, Value> values() {
        return values;
    }

    private static Value value(JsonNode json, int origin) {
        return switch (json.getNodeType()) {
            case STRING -> MarkedText.of(json.textValue(), origin);
            case BOOLEAN -> Constant.of(json.booleanValue());
            case NUMBER -> number(json);
            case ARRAY -> {
                List<Value> elements = new ArrayList<>();
                json.forEach(element -> elements.add(value(element, origin)));
                yield ListValue.of(elements);
            }
            case OBJECT -> {
                Map<Value, Value> entries = new LinkedHashMap<>();
                json.properties()
                        .forEach(field ->
                                entries.put(MarkedText.of(field.getKey(), origin), value(field.getValue(), origin)));
                yield new MapValue(entries);
            }
            default -> Constant.NONE;
        };
    }

    private static Value number(JsonNode json) {
        if (!json.isIntegralNumber()) {
            return NumberValue.of(json.doubleValue());
        }
        if (!json.canConvertToLong()) {
            throw new TemplateException("the number " + json.asText() + " does not fit 64 bits");
        }
        return NumberValue.of(json.longValue());
    }
}
