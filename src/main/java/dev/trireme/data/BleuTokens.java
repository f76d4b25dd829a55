package dev.trireme.data;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * sacreBLEU's tokenizer "13a" (mteval-v13a): unescapes entities and separates punctuation, except periods and commas
 * within numbers.
 *
 * <pre>
 *   "12,5%, also &amp;quot;so&amp;quot;."  →  12,5 % , also " so " .
 * </pre>
 */
final class BleuTokens {
    private static final Pattern PUNCTUATION = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
    private static final Pattern POINT_AFTER_NO_DIGIT = Pattern.compile("([^0-9])([.,])");
    private static final Pattern POINT_BEFORE_NO_DIGIT = Pattern.compile("([.,])([^0-9])");
    private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

    private BleuTokens() {}

    static List<String> of(String segment) {
        String text = withoutTrailingSpace(segment)
                .replace("<skipped>", "")
                .replace("-\n", "")
                .replace("\n", " ")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .replace("&lt;", "<")
                .replace("&gt;", ">");
        text = PUNCTUATION.matcher(" " + text + " ").replaceAll(" $1 ");
        text = POINT_AFTER_NO_DIGIT.matcher(text).replaceAll("$1 $2 ");
        text = POINT_BEFORE_NO_DIGIT.matcher(text).replaceAll(" $1 $2");
        text = DASH_AFTER_DIGIT.matcher(text).replaceAll("$1 $2 ");
        return split(text);
    }

    private static String withoutTrailingSpace(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    private static List<String> split(String text) {
        List<String> tokens = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || isSpace(text.charAt(i))) {
                if (i > start) {
                    tokens.add(text.substring(start, i));
                }
                start = i + 1;
            }
        }
        return tokens;
    }

    /** White space as Python's {@code str.split} has it: Unicode's, and the four separators of ASCII. */
    private static boolean isSpace(char character) {
        return (character >= '\t' && character <= '\r')
                || (character >= 0x1C && character <= 0x1F)
                || character == 0x85
                || Character.isSpaceChar(character);
    }
}
