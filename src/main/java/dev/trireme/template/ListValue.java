package dev.trireme.template;

import java.util.List;
import java.util.Set;

/** A list, a tuple, or what a filter or a dict's method yields; the difference is how it prints. */
record ListValue(List<Value> elements, Kind kind) implements Value {
    /** How the elements print. */
    enum Kind {
        LIST,
        TUPLE,
        RANGE,
        VIEW
    }

    private static final Set<String> CHANGES =
            Set.of("append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort");

    static ListValue of(List<? extends Value> elements) {
        return new ListValue(List.copyOf(elements), Kind.LIST);
    }

    static ListValue tuple(List<? extends Value> elements) {
        return new ListValue(List.copyOf(elements), Kind.TUPLE);
    }

    static ListValue view(List<? extends Value> elements) {
        return new ListValue(List.copyOf(elements), Kind.VIEW);
    }

    boolean isListOrTuple() {
        return kind == Kind.LIST || kind == Kind.TUPLE;
    }

    @Override
    public boolean isTrue() {
        return !elements.isEmpty();
    }

    @Override
    public String typeName() {
        return switch (kind) {
            case LIST -> "list";
            case TUPLE -> "tuple";
            case RANGE -> "range";
            case VIEW -> "dict view";
        };
    }

    @Override
    public int size() {
        return elements.size();
    }

    @Override
    public Value attribute(String name) {
        if (CHANGES.contains(name)) {
            throw new TemplateException("." + name + "() would change a list, and templates cannot");
        }
        if (name.equals("count") || name.equals("index")) {
            throw new TemplateException("." + name + "() of a list is not supported");
        }
        return Value.super.attribute(name);
    }

    @Override
    public Value item(Value key) {
        if (kind != Kind.VIEW && key instanceof NumberValue number && number.isInteger()) {
            long index = number.integer() < 0 ? number.integer() + elements.size() : number.integer();
            if (index >= 0 && index < elements.size()) {
                return elements.get((int) index);
            }
        }
        return Value.super.item(key);
    }

    @Override
    public void write(TextBuilder out) {
        if (!isListOrTuple()) {
            throw new TemplateException("a " + typeName() + " cannot be printed; make it a list");
        }
        out.append(kind == Kind.TUPLE ? "(" : "[");
        for (int i = 0; i < elements.size(); i++) {
            if (i > 0) {
                out.append(", ");
            }
            elements.get(i).writeRepr(out);
        }
        if (kind == Kind.TUPLE) {
            out.append(elements.size() == 1 ? ",)" : ")");
        } else {
            out.append("]");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ListValue that && kind == that.kind && elements.equals(that.elements);
    }

    @Override
    public int hashCode() {
        return elements.hashCode();
    }
}
