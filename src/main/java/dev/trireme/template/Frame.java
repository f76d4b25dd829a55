package dev.trireme.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A scope and the text that its statements add to. Loops, macros and captured blocks have frames of their own; conditions do not. */
final class Frame {
    private final Run run;
    private final @Nullable Frame parent;
    private final TextBuilder out;
    private final Map<String, Value> variables;
    private final int loopDepth;

    private Frame(Run run, @Nullable Frame parent, TextBuilder out, Map<String, Value> variables, int loopDepth) {
        this.run = run;
        this.parent = parent;
        this.out = out;
        this.variables = variables;
        this.loopDepth = loopDepth;
    }

    static Frame of(Run run, Map<String, Value> variables, TextBuilder out) {
        return new Frame(run, null, out, new HashMap<>(variables), 0);
    }

    /** A scope within this one that writes to the same text. */
    Frame inner() {
        return new Frame(run, this, out, new HashMap<>(), loopDepth);
    }

    Frame ofLoop() {
        return new Frame(run, this, out, new HashMap<>(), loopDepth + 1);
    }

    /** A scope within this one with a text of its own. */
    Frame capturing(TextBuilder text) {
        return new Frame(run, this, text, new HashMap<>(), 0);
    }

    Value get(String name) {
        for (Frame frame = this; frame != null; frame = frame.parent) {
            Value value = frame.variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return Undefined.variable(name);
    }

    void set(String name, Value value) {
        variables.put(name, value);
    }

    Run run() {
        return run;
    }

    TextBuilder out() {
        return out;
    }

    int loopDepth() {
        return loopDepth;
    }
}
