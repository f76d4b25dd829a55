package dev.trireme.template;

import java.util.List;

/**
 * A value of the template language, with the meaning of Python's of the same type name. All types are here, so a template reaches
 * nothing else.
 */
sealed interface Value
        permits MarkedText,
                Constant,
                NumberValue,
                ListValue,
                MapValue,
                Generator,
                Namespace,
                LoopValue,
                Function,
                Undefined {
    /** As a condition. */
    boolean isTrue();

    /** Python's name of the type, for errors. */
    String typeName();

    /** {@code value.name}; undefined if there is none. */
    default Value attribute(String name) {
        return new Undefined(typeName() + " has no attribute " + name);
    }

    /** {@code value[key]}; undefined if there is none. */
    default Value item(Value key) {
        return new Undefined(typeName() + " has no element " + Repr.of(key));
    }

    /** What a loop over this value visits. */
    default List<Value> elements() {
        throw new TemplateException("a value of type " + typeName() + " cannot be looped over");
    }

    /** Number of elements. */
    default int size() {
        throw new TemplateException("a value of type " + typeName() + " has no length");
    }

    /** {@code str(value)}. */
    void write(TextBuilder out);

    /** {@code repr(value)}, as lists and dicts show their elements. */
    default void writeRepr(TextBuilder out) {
        write(out);
    }

    default MarkedText toText() {
        if (this instanceof MarkedText text) {
            return text;
        }
        TextBuilder out = new TextBuilder();
        write(out);
        return out.build();
    }
}
