package dev.trireme.data;

import java.util.Objects;

/** Checks of texts before they are encoded. */
public final class Text {
    private Text() {}

    /** Refuses half a surrogate pair: UTF-8 has no bytes for it, so that encoding would silently change the text. */
    public static void requireWholeCharacters(String text) {
        Objects.requireNonNull(text, "text");
        int index = 0;
        while (index < text.length()) {
            int character = text.codePointAt(index);
            if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
                throw new IllegalArgumentException(
                        "text has half a surrogate pair (U+%04X) at index %d; read it as UTF-8 or cut it between characters"
                                .formatted(character, index));
            }
            index += Character.charCount(character);
        }
    }
}
