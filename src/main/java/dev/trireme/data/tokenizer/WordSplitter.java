package dev.trireme.data.tokenizer;

import java.util.function.Consumer;

/**
 * GPT-2's pre-tokenizer: splits a text into the words within which byte pairs may merge:
 *
 * <pre>
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 *   "We'll pay  12€"  →  "We" "'ll" " pay" " " " 12" "€"
 * </pre>
 *
 * <p>Written by hand because Java's {@code \s} knows other white space than Unicode's {@code White_Space}, which the
 * encoder uses. A character younger than the JDK's own Unicode tables counts as neither letter nor number here.
 */
final class WordSplitter {
    private static final String[] CONTRACTIONS = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};

    private enum Kind {
        LETTER,
        NUMBER,
        SPACE,
        OTHER
    }

    private WordSplitter() {}

    /** Gives {@code action} all words of {@code text} in order; joined, they are the text. */
    static void forEachWord(String text, Consumer<String> action) {
        int end;
        for (int start = 0; start < text.length(); start = end) {
            end = endOfWord(text, start);
            action.accept(text.substring(start, end));
        }
    }

    private static int endOfWord(String text, int start) {
        for (String contraction : CONTRACTIONS) {
            if (text.startsWith(contraction, start)) {
                return start + contraction.length();
            }
        }
        // One plain space belongs to the word after it.
        int body = text.charAt(start) == ' ' && start + 1 < text.length() ? start + 1 : start;
        Kind kind = kindOf(text.codePointAt(body));
        if (kind != Kind.SPACE) {
            return endOfRun(text, body, kind);
        }
        // White space before a word leaves its last character to that word, unless it is the only one.
        int end = endOfRun(text, start, Kind.SPACE);
        return end == text.length() || end == start + 1 ? end : end - 1;
    }

    private static int endOfRun(String text, int start, Kind kind) {
        int end = start;
        while (end < text.length()) {
            int character = text.codePointAt(end);
            if (kindOf(character) != kind) {
                break;
            }
            end += Character.charCount(character);
        }
        return end;
    }

    private static Kind kindOf(int character) {
        if ((character >= '\t' && character <= '\r') || character == 0x85) {
            return Kind.SPACE;
        }
        return switch (Character.getType(character)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> Kind.LETTER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> Kind.NUMBER;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> Kind.SPACE;
            default -> Kind.OTHER;
        };
    }
}
