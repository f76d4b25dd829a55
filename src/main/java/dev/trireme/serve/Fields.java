package dev.trireme.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.TextModel;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The fields of a JSON object: each is asked for by name and type, and those that nobody asked for are refused. */
final class Fields {
    private final ObjectNode object;
    private final String path; // of this object in the body, with a dot; empty for the body itself
    private final Set<String> asked = new HashSet<>();

    Fields(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /** The value, unless it is missing or null. */
    Optional<JsonNode> value(String name) {
        asked.add(name);
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    Optional<String> text(String name) {
        Optional<JsonNode> value = value(name);
        require(name, value.stream().allMatch(JsonNode::isTextual), "a string");
        return value.map(JsonNode::textValue);
    }

    boolean flag(String name) {
        Optional<JsonNode> value = value(name);
        require(name, value.stream().allMatch(JsonNode::isBoolean), "a boolean");
        return value.map(JsonNode::booleanValue).orElse(false);
    }

    /** The name of the model that a call asks for, or of an adapter. */
    String model(TextModel model) {
        String asked = text("model").orElse(model.name());
        if (!model.names().contains(asked)) {
            throw ApiException.noModel(asked, model);
        }
        return asked;
    }

    double number(String name, double least, double most, double otherwise) {
        Optional<JsonNode> value = value(name);
        require(name, value.stream().allMatch(JsonNode::isNumber), "a number");
        double number = value.map(JsonNode::doubleValue).orElse(otherwise);
        require(name, number >= least && number <= most, "between " + least + " and " + most);
        return number;
    }

    Optional<Integer> integer(String name, int least, int most) {
        Optional<JsonNode> value = value(name);
        require(
                name,
                value.stream().allMatch(node -> node.isIntegralNumber() && node.canConvertToLong()),
                "an integer");
        value.ifPresent(node -> require(
                name, node.longValue() >= least && node.longValue() <= most, "between " + least + " and " + most));
        return value.map(JsonNode::intValue);
    }

    Optional<Long> wholeNumber(String name) {
        Optional<JsonNode> value = value(name);
        require(
                name,
                value.stream().allMatch(node -> node.isIntegralNumber() && node.canConvertToLong()),
                "an integer of 64 bits");
        return value.map(JsonNode::longValue);
    }

    Optional<Fields> object(String name) {
        Optional<JsonNode> value = value(name);
        require(name, value.stream().allMatch(JsonNode::isObject), "an object");
        return value.map(node -> new Fields((ObjectNode) node, path + name + "."));
    }

    /** Accepts what has no effect on an answer. */
    void ignore(String... names) {
        asked.addAll(Set.of(names));
    }

    /** Refuses what would have an effect and is not done here. */
    void refuse(String name, String why) {
        if (value(name).isPresent()) {
            throw ApiException.unsupported(path + name, "'" + path + name + "' is not supported: " + why);
        }
    }

    void requireNoOthers() {
        object.fieldNames().forEachRemaining(name -> {
            if (!asked.contains(name)) {
                throw ApiException.unknown(path + name);
            }
        });
    }

    void require(String name, boolean holds, String expected) {
        if (!holds) {
            String value = String.valueOf(object.get(name));
            String shown = value.length() > 100 ? value.substring(0, 100) + "…" : value;
            throw ApiException.invalid(
                    path + name, "Invalid value for '" + path + name + "': " + shown + " is not " + expected + ".");
        }
    }
}
