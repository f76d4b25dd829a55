package dev.trireme.template;

import java.util.Arrays;

/** Puts texts together, each character with its origin. */
final class TextBuilder {
    private static final int MAX_CHARACTERS = 1 << 25;

    private final StringBuilder text = new StringBuilder();
    private int[] ends = new int[4];
    private int[] origins = new int[4];
    private int runs;

    void append(MarkedText added) {
        append(added, 0, added.chars());
    }

    void append(MarkedText added, int begin, int end) {
        added.copyTo(this, begin, end);
    }

    void append(String added, int origin) {
        append(added, 0, added.length(), origin);
    }

    /** What the template or a conversion adds. */
    void append(String added) {
        append(added, RenderedText.TEMPLATE);
    }

    void append(String added, int begin, int end, int origin) {
        if (begin == end) {
            return;
        }
        if (text.length() + (long) end - begin > MAX_CHARACTERS) {
            throw new TemplateException("a text would have more than " + MAX_CHARACTERS + " characters");
        }
        text.append(added, begin, end);
        if (runs > 0 && origins[runs - 1] == origin) {
            ends[runs - 1] = text.length();
            return;
        }
        if (runs == ends.length) {
            ends = Arrays.copyOf(ends, 2 * runs);
            origins = Arrays.copyOf(origins, 2 * runs);
        }
        ends[runs] = text.length();
        origins[runs++] = origin;
    }

    MarkedText build() {
        return runs == 0
                ? MarkedText.EMPTY
                : new MarkedText(text.toString(), Arrays.copyOf(ends, runs), Arrays.copyOf(origins, runs), false);
    }
}
