package dev.trireme.template;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The arguments of a call, a filter or a test. */
record Arguments(List<Value> positional, Map<String, Value> named) {
    static Arguments of(Value... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    int count() {
        return positional.size();
    }

    Value at(int index) {
        if (index >= positional.size()) {
            throw new TemplateException("argument " + (index + 1) + " is missing");
        }
        return positional.get(index);
    }

    Value at(int index, Value otherwise) {
        return index < positional.size() ? positional.get(index) : otherwise;
    }

    /** A positional argument, or the named one. */
    Value at(int index, String name, Value otherwise) {
        return index >= 0 && index < positional.size() ? positional.get(index) : named.getOrDefault(name, otherwise);
    }

    /** Refuses what would be ignored. */
    void requireAtMost(String callee, int most, String... names) {
        if (positional.size() > most) {
            throw new TemplateException(callee + " takes at most " + most + " arguments, not " + positional.size());
        }
        Set<String> known = Set.of(names);
        named.keySet().stream()
                .filter(name -> !known.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new TemplateException(callee + " has no argument " + name + " here");
                });
    }
}
