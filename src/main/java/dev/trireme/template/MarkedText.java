package dev.trireme.template;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Text whose characters know their origin: 0 for the template itself, other numbers as the caller gave them to values.
 * Texts are equal if their characters are.
 *
 * <pre>
 *   text     &lt;|user|&gt;Hello&lt;|end|&gt;
 *   ends             8    13     20
 *   origins          0     1      0
 * </pre>
 */
final class MarkedText implements Value {
    static final MarkedText EMPTY = new MarkedText("", new int[0], new int[0], false);

    private final String text;
    private final int[] ends; // of runs of equal origin
    private final int[] origins;
    private final boolean escapesOthers; // Markup: what is added to it is escaped for HTML

    MarkedText(String text, int[] ends, int[] origins, boolean escapesOthers) {
        this.text = text;
        this.ends = ends;
        this.origins = origins;
        this.escapesOthers = escapesOthers;
    }

    /** A text of one origin. */
    static MarkedText of(String text, int origin) {
        return text.isEmpty() ? EMPTY : new MarkedText(text, new int[] {text.length()}, new int[] {origin}, false);
    }

    static MarkedText ofTemplate(String text) {
        return of(text, RenderedText.TEMPLATE);
    }

    /** The runs of equal origin, in order. */
    List<RenderedText.Part> parts() {
        return IntStream.range(0, ends.length)
                .mapToObj(i -> new RenderedText.Part(text.substring(start(i), ends[i]), origins[i]))
                .toList();
    }

    /** The characters. */
    @Override
    public String toString() {
        return text;
    }

    int chars() {
        return text.length();
    }

    MarkedText slice(int begin, int end) {
        if (begin == 0 && end == text.length()) {
            return this;
        }
        TextBuilder slice = new TextBuilder();
        slice.append(this, begin, end);
        return slice.build();
    }

    /** Appends [begin, end) of this text's runs to a builder. */
    void copyTo(TextBuilder target, int begin, int end) {
        int run = runAt(begin);
        for (int from = begin; from < end; run++) {
            int to = Math.min(end, ends[run]);
            target.append(text, from, to, origins[run]);
            from = to;
        }
    }

    int originAt(int index) {
        return origins[runAt(index)];
    }

    MarkedText asMarkup() {
        return new MarkedText(text, ends, origins, true);
    }

    boolean escapesOthers() {
        return escapesOthers;
    }

    private int runAt(int index) {
        int found = Arrays.binarySearch(ends, index);
        return found >= 0 ? found + 1 : -found - 1;
    }

    private int start(int run) {
        return run == 0 ? 0 : ends[run - 1];
    }

    @Override
    public boolean isTrue() {
        return !text.isEmpty();
    }

    @Override
    public String typeName() {
        return "str";
    }

    @Override
    public int size() {
        return text.codePointCount(0, text.length());
    }

    @Override
    public List<Value> elements() {
        Value[] characters = new Value[size()];
        for (int i = 0, at = 0; at < text.length(); i++) {
            int next = text.offsetByCodePoints(at, 1);
            characters[i] = slice(at, next);
            at = next;
        }
        return List.of(characters);
    }

    @Override
    public void write(TextBuilder out) {
        out.append(this);
    }

    @Override
    public void writeRepr(TextBuilder out) {
        Repr.write(this, out);
    }

    @Override
    public Value attribute(String name) {
        return TextMethods.of(this, name);
    }

    @Override
    public Value item(Value key) {
        if (key instanceof NumberValue number && number.isInteger()) {
            long index = number.integer() < 0 ? number.integer() + size() : number.integer();
            if (index >= 0 && index < size()) {
                int begin = text.offsetByCodePoints(0, (int) index);
                return slice(begin, text.offsetByCodePoints(begin, 1));
            }
        }
        return Value.super.item(key);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MarkedText that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }
}
