package dev.trireme.template;

/** One rendering: how much work is left, how deep macros call each other, and the line that runs. */
final class Run {
    private static final long WORK = 50_000_000; // of an evaluation, a character or an element: about a second
    private static final int DEEPEST_CALL = 100;

    private long left = WORK;
    private int depth;
    private int line = 1;

    void begin(int newLine) {
        line = newLine;
        charge(1);
    }

    int line() {
        return line;
    }

    void charge(long work) {
        left -= work;
        if (left < 0) {
            throw new TemplateException("takes more than " + WORK + " operations; is there a loop over everything?");
        }
    }

    /** Charges for reading a value once. */
    void charge(Value value) {
        boolean large = value instanceof MarkedText || value instanceof ListValue || value instanceof MapValue;
        charge(value instanceof MarkedText text ? 1 + text.chars() / 8 : large ? 1 + value.size() : 1);
    }

    void enter(String macro) {
        if (++depth > DEEPEST_CALL) {
            throw new TemplateException(macro + " calls itself more than " + DEEPEST_CALL + " deep");
        }
    }

    void leave() {
        depth--;
    }
}
