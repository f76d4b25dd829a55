package dev.trireme.template;

/** Backslashes in string literals, with Python's meaning; an unknown one stays as it is. */
final class Escapes {
    private static final String LETTERS = "ntrbfav\\'\"";
    private static final String MEANINGS = "\n\t\r\b\f\u0007\u000b\\'\"";

    private Escapes() {}

    /** Reads the escape at an index. @return the index after it */
    static int read(String source, int at, StringBuilder text) {
        if (at + 1 >= source.length()) {
            throw new TemplateException("a string ends in a backslash");
        }
        char letter = source.charAt(at + 1);
        int known = LETTERS.indexOf(letter);
        if (known >= 0) {
            text.append(MEANINGS.charAt(known));
            return at + 2;
        }
        int digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
        if (digits > 0) {
            return hex(source, at + 2, digits, text);
        }
        if (letter >= '0' && letter <= '7') {
            return octal(source, at + 1, text);
        }
        if (letter == '\n') { // a line that goes on
            return at + 2;
        }
        if (letter == 'N') {
            throw new TemplateException("characters by name, \\N{…}, are not supported in strings");
        }
        text.append('\\').append(letter);
        return at + 2;
    }

    private static int hex(String source, int begin, int digits, StringBuilder text) {
        int end = begin + digits;
        if (end > source.length() || !source.substring(begin, end).matches("[0-9a-fA-F]+")) {
            throw new TemplateException("an escape needs " + digits + " hexadecimal digits");
        }
        long character = Long.parseLong(source.substring(begin, end), 16);
        if (character > Character.MAX_CODE_POINT) {
            throw new TemplateException("an escape is beyond the last character");
        }
        text.appendCodePoint((int) character);
        return end;
    }

    private static int octal(String source, int begin, StringBuilder text) {
        int end = begin;
        while (end < Math.min(begin + 3, source.length()) && source.charAt(end) >= '0' && source.charAt(end) <= '7') {
            end++;
        }
        text.append((char) Integer.parseInt(source.substring(begin, end), 8));
        return end;
    }
}
