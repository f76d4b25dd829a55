package dev.trireme.template;

import java.util.List;

/** The variable {@code loop} within a loop's body. */
record LoopValue(List<Value> elements, int index, int depth) implements Value {
    @Override
    public Value attribute(String name) {
        int size = elements.size();
        return switch (name) {
            case "index" -> NumberValue.of(index + 1L);
            case "index0" -> NumberValue.of((long) index);
            case "revindex" -> NumberValue.of((long) size - index);
            case "revindex0" -> NumberValue.of(size - 1L - index);
            case "first" -> Constant.of(index == 0);
            case "last" -> Constant.of(index == size - 1);
            case "length" -> NumberValue.of((long) size);
            case "depth" -> NumberValue.of((long) depth);
            case "depth0" -> NumberValue.of(depth - 1L);
            case "previtem" -> index > 0 ? elements.get(index - 1) : new Undefined("there is no previous item");
            case "nextitem" -> index < size - 1 ? elements.get(index + 1) : new Undefined("there is no next item");
            case "cycle" ->
                Function.method(name, Integer.MAX_VALUE, arguments -> {
                    if (arguments.count() == 0) {
                        throw new TemplateException("loop.cycle() has no items to cycle through");
                    }
                    return arguments.at(index % arguments.count());
                });
            case "changed" -> throw new TemplateException("loop.changed() is not supported");
            default -> Value.super.attribute(name);
        };
    }

    @Override
    public boolean isTrue() {
        return true;
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }

    @Override
    public int size() {
        return elements.size();
    }

    @Override
    public void write(TextBuilder out) {
        throw new TemplateException("loop cannot be printed; print loop.index");
    }
}
