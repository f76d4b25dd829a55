package dev.trireme.template;

import java.util.List;

/**
 * What a name stands for that has no value. It prints as nothing, is false and empty; any other use is an error.
 *
 * @param reason for that error
 */
record Undefined(String reason) implements Value {
    static Undefined variable(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    TemplateException error() {
        return new TemplateException(reason);
    }

    @Override
    public boolean isTrue() {
        return false;
    }

    @Override
    public String typeName() {
        return "Undefined";
    }

    @Override
    public Value attribute(String name) {
        throw error();
    }

    @Override
    public Value item(Value key) {
        throw error();
    }

    @Override
    public List<Value> elements() {
        return List.of();
    }

    @Override
    public int size() {
        return 0;
    }

    @Override
    public void write(TextBuilder out) {}

    @Override
    public void writeRepr(TextBuilder out) {
        out.append("Undefined");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
        return 0;
    }
}
