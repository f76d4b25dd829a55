package dev.trireme.generate;

import dev.trireme.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Decodes a stream of ids into pieces of text, in whole characters. A character may span several tokens; until its last
 * byte is there the decoder returns U+FFFD. The text of a token may depend on the token before it, as leading spaces
 * do, so each decoded window starts with the tokens of the last piece, whose text is removed afterwards:
 *
 * <pre>
 *   ids   ........|known|new
 *                  decode(known new) − decode(known) = the piece
 * </pre>
 */
final class TextStream {
    private static final String UNFINISHED = "\uFFFD";

    private final Tokenizer tokenizer;
    private final Consumer<String> onText;
    private int[] window = new int[16];
    private int length;
    private int known;
    private int knownText; // characters

    /** @param onText given pieces that are not empty */
    TextStream(Tokenizer tokenizer, Consumer<String> onText) {
        this.tokenizer = tokenizer;
        this.onText = onText;
    }

    void add(int id) {
        if (length == window.length) {
            window = Arrays.copyOf(window, 2 * length);
        }
        window[length++] = id;
        String text = decode();
        if (text.length() > knownText && !text.endsWith(UNFINISHED)) {
            String piece = text.substring(knownText);
            System.arraycopy(window, known, window, 0, length - known);
            length -= known;
            known = length;
            knownText = decode().length();
            onText.accept(piece);
        }
    }

    /** Hands out the text that is still held back. */
    void finish() {
        String text = decode();
        if (text.length() > knownText) {
            onText.accept(text.substring(knownText));
            knownText = text.length();
            known = length;
        }
    }

    private String decode() {
        return tokenizer.decode(Arrays.copyOf(window, length));
    }
}
