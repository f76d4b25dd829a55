package dev.trireme.template;

/** {@code text.format(…)} with {@code {}}, {@code {0}} and {@code {name}}; no attributes, conversions or widths. */
final class TextFormat {
    private TextFormat() {}

    static MarkedText format(MarkedText text, Arguments arguments) {
        TextBuilder out = new TextBuilder();
        String string = text.toString();
        int automatic = 0;
        for (int at = 0; at < string.length(); ) {
            char character = string.charAt(at);
            boolean doubled = at + 1 < string.length() && string.charAt(at + 1) == character;
            if (character != '{' && character != '}') {
                out.append(text, at, at + 1);
                at++;
            } else if (doubled) {
                out.append(text, at, at + 1);
                at += 2;
            } else {
                int end = character == '{' ? string.indexOf('}', at) : -1;
                if (end < 0) {
                    throw new TemplateException("the format " + Repr.of(text) + " has a single " + character);
                }
                String field = string.substring(at + 1, end);
                field(field.isEmpty() ? Integer.toString(automatic++) : field, arguments)
                        .write(out);
                at = end + 1;
            }
        }
        return out.build();
    }

    private static Value field(String field, Arguments arguments) {
        if (field.matches("[0-9]{1,4}")) {
            return arguments.at(Integer.parseInt(field));
        }
        Value value = arguments.named().get(field);
        if (value == null) {
            throw new TemplateException("the format has the field {" + field + "}, which no argument fills; fields are"
                    + " {}, {0} and {name}");
        }
        return value;
    }
}
