package dev.trireme.template;

/**
 * A piece of a template's source.
 *
 * @param text of a text or name or operator; the characters that a string literal stands for
 */
record Token(Kind kind, String text, int line) {
    /** What a piece is. */
    enum Kind {
        TEXT,
        BLOCK_BEGIN,
        BLOCK_END,
        PRINT_BEGIN,
        PRINT_END,
        NAME,
        STRING,
        INTEGER,
        REAL,
        OPERATOR,
        END
    }

    boolean is(Kind other) {
        return kind == other;
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    String described() {
        return switch (kind) {
            case END -> "the end of the template";
            case BLOCK_END -> "%}";
            case PRINT_END -> "}}";
            case TEXT -> "text";
            default -> "\"" + text + "\"";
        };
    }
}
