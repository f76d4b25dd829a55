package dev.trireme.template;

import java.util.List;
import java.util.Map;

/** The filter {@code tojson}: the text of Python's {@code json.dumps}, each character with the origin of its value. */
final class JsonText {
    private static final int FIRST_PRINTABLE = 0x20;
    private static final int DELETE = 0x7f;

    private final TextBuilder out = new TextBuilder();
    private final boolean asciiOnly;
    private final boolean sorted;
    private final boolean lines;
    private final String level; // its indentation
    private final MarkedText itemSeparator;
    private final MarkedText keySeparator;

    private JsonText(Arguments arguments) {
        arguments.requireAtMost("tojson", 2, "ensure_ascii", "indent", "separators", "sort_keys");
        asciiOnly = arguments.at(0, "ensure_ascii", Constant.FALSE).isTrue();
        sorted = arguments.at(-1, "sort_keys", Constant.FALSE).isTrue();
        Value levels = arguments.at(1, "indent", Constant.NONE);
        lines = levels != Constant.NONE;
        level = levels instanceof MarkedText text ? text.toString() : lines ? " ".repeat(width(levels)) : "";
        Value separators = arguments.at(-1, "separators", Constant.NONE);
        if (separators != Constant.NONE && separators.size() != 2) {
            throw new TemplateException("separators of tojson are not a pair");
        }
        List<Value> pair = separators == Constant.NONE
                ? List.of(MarkedText.ofTemplate(lines ? "," : ", "), MarkedText.ofTemplate(": "))
                : separators.elements();
        itemSeparator = pair.get(0).toText();
        keySeparator = pair.get(1).toText();
    }

    static MarkedText of(Value value, Arguments arguments) {
        JsonText json = new JsonText(arguments);
        json.write(value, "\n");
        return json.out.build();
    }

    private static int width(Value levels) {
        long width = Operators.integer(levels);
        if (width < 0 || width > 100) {
            throw new TemplateException("indent of tojson is " + width + "; it is 0 to 100");
        }
        return (int) width;
    }

    private void write(Value value, String line) {
        if (value instanceof MarkedText text) {
            writeText(text);
        } else if (value instanceof ListValue list && list.isListOrTuple()) {
            writeList(list, line);
        } else if (value instanceof MapValue map) {
            writeMap(map, line);
        } else if (value instanceof Constant constant) {
            out.append(
                    switch (constant) {
                        case NONE -> "null";
                        case TRUE -> "true";
                        case FALSE -> "false";
                    });
        } else if (value instanceof NumberValue number) {
            writeNumber(number);
        } else if (value instanceof Undefined undefined) {
            throw undefined.error();
        } else {
            throw new TemplateException("a value of type " + value.typeName() + " has no JSON");
        }
    }

    private void writeNumber(NumberValue number) {
        if (number.isInteger() || Double.isFinite(number.real())) {
            number.write(out);
        } else {
            out.append(Double.isNaN(number.real()) ? "NaN" : number.real() > 0 ? "Infinity" : "-Infinity");
        }
    }

    private void writeList(ListValue list, String line) {
        if (list.elements().isEmpty()) {
            out.append("[]");
            return;
        }
        String inner = line + level;
        out.append("[");
        for (int i = 0; i < list.elements().size(); i++) {
            begin(i, inner);
            write(list.elements().get(i), inner);
        }
        end(line, "]");
    }

    private void writeMap(MapValue map, String line) {
        if (map.entries().isEmpty()) {
            out.append("{}");
            return;
        }
        String inner = line + level;
        out.append("{");
        int i = 0;
        List<Map.Entry<Value, Value>> entries = List.copyOf(map.entries().entrySet());
        if (sorted) {
            entries = entries.stream()
                    .sorted((left, right) -> Operators.compare("<", left.getKey(), right.getKey()))
                    .toList();
        }
        for (Map.Entry<Value, Value> entry : entries) {
            begin(i++, inner);
            writeKey(entry.getKey());
            out.append(keySeparator);
            write(entry.getValue(), inner);
        }
        end(line, "}");
    }

    private void writeKey(Value key) {
        if (key instanceof MarkedText text) {
            writeText(text);
        } else {
            out.append("\"");
            write(key, "");
            out.append("\"");
        }
    }

    private void begin(int index, String line) {
        if (index > 0) {
            out.append(itemSeparator);
        }
        if (lines) {
            out.append(line);
        }
    }

    private void end(String line, String bracket) {
        if (lines) {
            out.append(line);
        }
        out.append(bracket);
    }

    private void writeText(MarkedText text) {
        String characters = text.toString();
        out.append("\"");
        for (int i = 0; i < characters.length(); i++) {
            String escape = escape(characters.charAt(i));
            if (escape.isEmpty()) {
                out.append(text, i, i + 1);
            } else {
                out.append(escape, text.originAt(i));
            }
        }
        out.append("\"");
    }

    private String escape(char character) {
        return switch (character) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\f' -> "\\f";
            case '\b' -> "\\b";
            default ->
                character < FIRST_PRINTABLE || (asciiOnly && character >= DELETE && character != DELETE)
                        ? String.format("\\u%04x", (int) character)
                        : "";
        };
    }
}
