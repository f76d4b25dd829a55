package dev.trireme.generate;

import dev.trireme.data.Tokenizer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Hands a growing text out in whole characters: one may be spread over tokens, and until its last byte is there the
 * decoder says U+FFFD.
 */
final class TextStream {
    private static final char UNFINISHED = '\uFFFD';

    private final Tokenizer tokenizer;
    private final Consumer<String> onText;
    private int[] ids = new int[64];
    private int length;
    private int handedOut; // characters

    TextStream(Tokenizer tokenizer, Consumer<String> onText) {
        this.tokenizer = tokenizer;
        this.onText = onText;
    }

    void add(int id) {
        if (length == ids.length) {
            ids = Arrays.copyOf(ids, 2 * length);
        }
        ids[length++] = id;
        String text = text();
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == UNFINISHED) {
            end--;
        }
        handOut(text, end);
    }

    /** Hands out what is still held back. @return the whole text */
    String finish() {
        String text = text();
        handOut(text, text.length());
        return text;
    }

    private String text() {
        return tokenizer.decode(Arrays.copyOf(ids, length));
    }

    private void handOut(String text, int end) {
        if (end > handedOut) {
            onText.accept(text.substring(handedOut, end));
            handedOut = end;
        }
    }
}
