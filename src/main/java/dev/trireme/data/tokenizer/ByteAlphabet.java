package dev.trireme.data.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * GPT-2's alphabet: one printable character for each of the 256 bytes, so that any text is a word over it.
 *
 * <pre>
 *   bytes 0x21..0x7E, 0xA1..0xAC, 0xAE..0xFF  stand for themselves
 *   the other 68, in order                    are 0x100, 0x101, … (a space is 0x120, "Ġ")
 * </pre>
 */
final class ByteAlphabet {
    static final int SIZE = 256;
    private static final char[] SYMBOL_OF_BYTE = symbols();

    private ByteAlphabet() {}

    /** The characters that stand for the bytes of {@code text} in UTF-8. */
    static String spell(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        char[] symbols = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            symbols[i] = SYMBOL_OF_BYTE[bytes[i] & 0xFF];
        }
        return new String(symbols);
    }

    /** All 256 characters, ordered by code point: the order in which they get their ids. */
    static char[] ordered() {
        char[] symbols = SYMBOL_OF_BYTE.clone();
        Arrays.sort(symbols);
        return symbols;
    }

    private static char[] symbols() {
        char[] symbols = new char[SIZE];
        char next = SIZE;
        for (char value = 0; value < SIZE; value++) {
            boolean printable = (value > ' ' && value < 0x7F) || (value > 0xA0 && value != 0xAD);
            symbols[value] = printable ? value : next++;
        }
        return symbols;
    }
}
