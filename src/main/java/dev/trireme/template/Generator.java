package dev.trireme.template;

import java.util.List;
import java.util.function.Supplier;

/**
 * What a filter yields one by one, as Python's generator: it is computed when it is looped over, once, after which it is
 * empty; it is true, and has no length.
 */
final class Generator implements Value {
    private Supplier<List<Value>> left;

    Generator(Supplier<List<Value>> elements) {
        this.left = elements;
    }

    @Override
    public List<Value> elements() {
        List<Value> elements = left.get();
        left = List::of;
        return elements;
    }

    @Override
    public boolean isTrue() {
        return true;
    }

    @Override
    public String typeName() {
        return "generator";
    }

    @Override
    public void write(TextBuilder out) {
        throw new TemplateException("what a filter yields cannot be printed; make it a list");
    }
}
