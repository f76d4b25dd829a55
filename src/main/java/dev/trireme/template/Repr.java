package dev.trireme.template;

/** {@code repr} of a text: in single quotes, or double ones around a text that has only single ones. */
final class Repr {
    private static final int FIRST_PRINTABLE = 0x20;
    private static final int DELETE = 0x7f;
    private static final int TWO_HEX_DIGITS = 0x100;

    private Repr() {}

    static String of(Value value) {
        TextBuilder out = new TextBuilder();
        value.writeRepr(out);
        return out.build().toString();
    }

    static void write(MarkedText text, TextBuilder out) {
        String characters = text.toString();
        char quote = characters.indexOf('\'') >= 0 && characters.indexOf('"') < 0 ? '"' : '\'';
        out.append(String.valueOf(quote));
        for (int at = 0; at < characters.length(); ) {
            int next = characters.offsetByCodePoints(at, 1);
            String escape = escape(characters.codePointAt(at), quote);
            if (escape.isEmpty()) {
                out.append(text, at, next);
            } else {
                out.append(escape, text.originAt(at));
            }
            at = next;
        }
        out.append(String.valueOf(quote));
    }

    private static String escape(int character, char quote) {
        return switch (character) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\\' -> "\\\\";
            default -> {
                if (character == quote) {
                    yield "\\" + quote;
                }
                yield isPrintable(character) ? "" : hex(character);
            }
        };
    }

    private static String hex(int character) {
        if (character < TWO_HEX_DIGITS) {
            return String.format("\\x%02x", character);
        }
        return String.format(Character.isBmpCodePoint(character) ? "\\u%04x" : "\\U%08x", character);
    }

    /** As Python's {@code str.isprintable}: no control, format, surrogate, private, unassigned or separator but the blank. */
    private static boolean isPrintable(int character) {
        if (character < DELETE) {
            return character >= FIRST_PRINTABLE;
        }
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }
}
