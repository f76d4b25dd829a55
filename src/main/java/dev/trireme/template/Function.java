package dev.trireme.template;

import java.util.Objects;

/** Something that can be called: a method, a global function, a macro. */
record Function(String name, Body body) implements Value {
    /** What a call does. */
    @FunctionalInterface
    interface Body {
        Value call(Arguments arguments);
    }

    /** A method with at most so many positional arguments and no named ones. */
    static Function method(String name, int most, Body body) {
        return new Function(name, arguments -> {
            arguments.requireAtMost(name, most);
            return body.call(arguments);
        });
    }

    Value call(Arguments arguments) {
        return body.call(arguments);
    }

    @Override
    public boolean isTrue() {
        return true;
    }

    @Override
    public String typeName() {
        return "function";
    }

    @Override
    public void write(TextBuilder out) {
        throw new TemplateException(name + " is a function and cannot be printed; call it, or write ['" + name + "']");
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name);
    }
}
