package dev.trireme.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A dict, in order of insertion. A method's name hides a key of the same name behind a dot, as in Python. */
record MapValue(Map<Value, Value> entries) implements Value {
    private static final Set<String> CHANGES = Set.of("clear", "pop", "popitem", "setdefault", "update");

    @Override
    public boolean isTrue() {
        return !entries.isEmpty();
    }

    @Override
    public String typeName() {
        return "dict";
    }

    @Override
    public Value attribute(String name) {
        if (CHANGES.contains(name)) {
            throw new TemplateException("." + name + "() would change a dict, and templates cannot");
        }
        return switch (name) {
            case "items" -> Function.method(name, 0, arguments -> items());
            case "keys" -> Function.method(name, 0, arguments -> ListValue.view(elements()));
            case "values" -> Function.method(name, 0, arguments -> ListValue.view(List.copyOf(entries.values())));
            case "copy" -> Function.method(name, 0, arguments -> this);
            case "get" ->
                Function.method(name, 2, arguments -> {
                    Value found = entries.get(arguments.at(0));
                    return found != null ? found : arguments.at(1, Constant.NONE);
                });
            default -> item(MarkedText.ofTemplate(name));
        };
    }

    @Override
    public Value item(Value key) {
        Value found = entries.get(key);
        return found != null ? found : Value.super.item(key);
    }

    ListValue items() {
        List<Value> items = new ArrayList<>(entries.size());
        entries.forEach((key, value) -> items.add(ListValue.tuple(List.of(key, value))));
        return ListValue.view(items);
    }

    @Override
    public List<Value> elements() {
        return List.copyOf(entries.keySet());
    }

    @Override
    public int size() {
        return entries.size();
    }

    @Override
    public void write(TextBuilder out) {
        String separator = "{";
        for (Map.Entry<Value, Value> entry : entries.entrySet()) {
            out.append(separator);
            separator = ", ";
            entry.getKey().writeRepr(out);
            out.append(": ");
            entry.getValue().writeRepr(out);
        }
        out.append(entries.isEmpty() ? "{}" : "}");
    }
}
