package dev.trireme.template;

/** Which characters are white space, and which end a line, in Python's texts. */
final class Whitespace {
    private static final String SPACES =
            "\t\n\u000b\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003"
                    + "\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";
    private static final String LINE_ENDS = "\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029";

    private Whitespace() {}

    static boolean isSpace(int character) {
        return SPACES.indexOf(character) >= 0;
    }

    static boolean endsLine(char character) {
        return LINE_ENDS.indexOf(character) >= 0;
    }
}
