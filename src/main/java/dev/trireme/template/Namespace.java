package dev.trireme.template;

import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code namespace()} makes: the one thing whose attributes a template can set. */
final class Namespace implements Value {
    private final Map<String, Value> attributes;

    Namespace(Map<String, Value> attributes) {
        this.attributes = new LinkedHashMap<>(attributes);
    }

    void set(String name, Value value) {
        attributes.put(name, value);
    }

    @Override
    public Value attribute(String name) {
        Value value = attributes.get(name);
        return value != null ? value : Value.super.attribute(name);
    }

    @Override
    public Value item(Value key) {
        return attribute(key.toText().toString());
    }

    @Override
    public boolean isTrue() {
        return true;
    }

    @Override
    public String typeName() {
        return "Namespace";
    }

    @Override
    public void write(TextBuilder out) {
        throw new TemplateException("a namespace cannot be printed; print its attributes");
    }
}
