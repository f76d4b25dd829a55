package dev.trireme.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;

/** The methods of texts that templates call; what they cut out or put together keeps its origins. */
final class TextMethods {
    private static final Set<String> UNSUPPORTED = Set.of(
            "casefold",
            "center",
            "encode",
            "expandtabs",
            "format_map",
            "index",
            "isalnum",
            "isascii",
            "isdecimal",
            "isidentifier",
            "isnumeric",
            "isprintable",
            "istitle",
            "ljust",
            "maketrans",
            "partition",
            "rindex",
            "rjust",
            "rpartition",
            "rsplit",
            "swapcase",
            "translate",
            "zfill");

    private TextMethods() {}

    static Value of(MarkedText text, String name) {
        return switch (name) {
            case "strip" ->
                Function.method(name, 1, arguments -> strip(text, arguments.at(0, Constant.NONE), true, true));
            case "lstrip" ->
                Function.method(name, 1, arguments -> strip(text, arguments.at(0, Constant.NONE), true, false));
            case "rstrip" ->
                Function.method(name, 1, arguments -> strip(text, arguments.at(0, Constant.NONE), false, true));
            case "split" ->
                new Function(name, arguments -> {
                    arguments.requireAtMost(name, 2, "sep", "maxsplit");
                    return split(
                            text,
                            arguments.at(0, "sep", Constant.NONE),
                            most(arguments.at(1, "maxsplit", NumberValue.of(-1))));
                });
            case "splitlines" -> Function.method(name, 0, arguments -> ListValue.of(lines(text)));
            case "startswith" ->
                Function.method(name, 1, arguments -> Constant.of(anyOf(arguments.at(0), text.toString()::startsWith)));
            case "endswith" ->
                Function.method(name, 1, arguments -> Constant.of(anyOf(arguments.at(0), text.toString()::endsWith)));
            case "replace" ->
                Function.method(
                        name,
                        3,
                        arguments -> replace(
                                text, arguments.at(0), arguments.at(1), most(arguments.at(2, NumberValue.of(-1)))));
            case "upper" -> Function.method(name, 0, arguments -> upper(text));
            case "lower" -> Function.method(name, 0, arguments -> lower(text));
            case "title" -> Function.method(name, 0, arguments -> title(text));
            case "capitalize" -> Function.method(name, 0, arguments -> capitalized(text));
            case "find" ->
                Function.method(
                        name, 1, arguments -> index(text, text.toString().indexOf(string(arguments.at(0)))));
            case "rfind" ->
                Function.method(
                        name, 1, arguments -> index(text, text.toString().lastIndexOf(string(arguments.at(0)))));
            case "count" ->
                Function.method(name, 1, arguments -> NumberValue.of(count(text.toString(), string(arguments.at(0)))));
            case "join" ->
                Function.method(name, 1, arguments -> join(text, arguments.at(0).elements(), true));
            case "removeprefix" ->
                Function.method(
                        name,
                        1,
                        arguments -> text.toString().startsWith(string(arguments.at(0)))
                                ? text.slice(string(arguments.at(0)).length(), text.chars())
                                : text);
            case "removesuffix" ->
                Function.method(
                        name,
                        1,
                        arguments -> text.toString().endsWith(string(arguments.at(0)))
                                ? text.slice(
                                        0,
                                        text.chars() - string(arguments.at(0)).length())
                                : text);
            case "isdigit" -> is(name, text, Character::isDigit);
            case "isalpha" -> is(name, text, Character::isLetter);
            case "isspace" -> is(name, text, Whitespace::isSpace);
            case "isupper" -> Function.method(name, 0, arguments -> Constant.of(isUpper(text)));
            case "islower" -> Function.method(name, 0, arguments -> Constant.of(isLower(text)));
            case "format" -> new Function(name, arguments -> TextFormat.format(text, arguments));
            default -> {
                if (UNSUPPORTED.contains(name)) {
                    throw new TemplateException("." + name + "() of a text is not supported");
                }
                yield new Undefined("str has no attribute " + name);
            }
        };
    }

    private static Function is(String name, MarkedText text, IntPredicate kind) {
        return Function.method(
                name,
                0,
                arguments -> Constant.of(
                        text.isTrue() && text.toString().codePoints().allMatch(kind)));
    }

    static boolean isUpper(MarkedText text) {
        String string = text.toString();
        return string.codePoints().anyMatch(Character::isUpperCase)
                && string.codePoints().noneMatch(Character::isLowerCase);
    }

    static boolean isLower(MarkedText text) {
        String string = text.toString();
        return string.codePoints().anyMatch(Character::isLowerCase)
                && string.codePoints().noneMatch(Character::isUpperCase);
    }

    static MarkedText strip(MarkedText text, Value characters, boolean left, boolean right) {
        IntPredicate stripped = characters == Constant.NONE
                ? Whitespace::isSpace
                : character -> string(characters).indexOf(character) >= 0;
        String string = text.toString();
        int begin = 0;
        int end = string.length();
        while (left && begin < end && stripped.test(string.codePointAt(begin))) {
            begin += Character.charCount(string.codePointAt(begin));
        }
        while (right && begin < end && stripped.test(string.codePointBefore(end))) {
            end -= Character.charCount(string.codePointBefore(end));
        }
        return text.slice(begin, end);
    }

    private static ListValue split(MarkedText text, Value separator, long most) {
        return ListValue.of(separator == Constant.NONE ? words(text, most) : pieces(text, nonEmpty(separator), most));
    }

    private static String nonEmpty(Value separator) {
        String string = string(separator);
        if (string.isEmpty()) {
            throw new TemplateException("a text cannot be split at the empty text");
        }
        return string;
    }

    private static List<MarkedText> pieces(MarkedText text, String separator, long most) {
        List<MarkedText> pieces = new ArrayList<>();
        int begin = 0;
        for (int at = text.toString().indexOf(separator);
                at >= 0 && pieces.size() < most;
                at = text.toString().indexOf(separator, begin)) {
            pieces.add(text.slice(begin, at));
            begin = at + separator.length();
        }
        pieces.add(text.slice(begin, text.chars()));
        return pieces;
    }

    private static List<MarkedText> words(MarkedText text, long most) {
        List<MarkedText> words = new ArrayList<>();
        String string = text.toString();
        int at = skip(string, 0, true);
        while (at < string.length()) {
            int end = words.size() < most ? skip(string, at, false) : string.length();
            words.add(text.slice(at, end));
            at = skip(string, end, true);
        }
        return words;
    }

    private static int skip(String string, int from, boolean space) {
        int at = from;
        while (at < string.length() && Whitespace.isSpace(string.charAt(at)) == space) {
            at++;
        }
        return at;
    }

    static List<MarkedText> lines(MarkedText text) {
        List<MarkedText> lines = new ArrayList<>();
        String string = text.toString();
        int begin = 0;
        for (int i = 0; i < string.length(); i++) {
            if (Whitespace.endsLine(string.charAt(i))) {
                lines.add(text.slice(begin, i));
                i += string.startsWith("\r\n", i) ? 1 : 0;
                begin = i + 1;
            }
        }
        if (begin < string.length()) {
            lines.add(text.slice(begin, string.length()));
        }
        return lines;
    }

    private static boolean anyOf(Value affixes, java.util.function.Predicate<String> matches) {
        return affixes instanceof ListValue list
                ? list.elements().stream().anyMatch(affix -> matches.test(string(affix)))
                : matches.test(string(affixes));
    }

    static MarkedText replace(MarkedText text, Value old, Value with, long most) {
        String searched = string(old);
        if (searched.isEmpty()) {
            throw new TemplateException("the empty text cannot be replaced");
        }
        return join(asText(with), pieces(text, searched, most), true);
    }

    /** @param textOnly whether elements of other types are an error instead of converted */
    static MarkedText join(MarkedText separator, List<? extends Value> elements, boolean textOnly) {
        TextBuilder out = new TextBuilder();
        for (int i = 0; i < elements.size(); i++) {
            if (i > 0) {
                out.append(separator);
            }
            Value element = elements.get(i);
            out.append(textOnly ? asText(element) : element.toText());
        }
        return out.build();
    }

    static MarkedText upper(MarkedText text) {
        return map(text, part -> part.toUpperCase(Locale.ROOT));
    }

    static MarkedText lower(MarkedText text) {
        return map(text, part -> part.toLowerCase(Locale.ROOT));
    }

    static MarkedText capitalized(MarkedText text) {
        if (!text.isTrue()) {
            return text;
        }
        int first = text.toString().offsetByCodePoints(0, 1);
        TextBuilder out = new TextBuilder();
        out.append(upper(text.slice(0, first)));
        out.append(lower(text.slice(first, text.chars())));
        return out.build();
    }

    private static MarkedText title(MarkedText text) {
        TextBuilder out = new TextBuilder();
        boolean within = false;
        for (Value each : text.elements()) {
            MarkedText character = each.toText();
            boolean letter = Character.isLetter(character.toString().codePointAt(0));
            out.append(letter ? within ? lower(character) : upper(character) : character);
            within = letter;
        }
        return out.build();
    }

    private static MarkedText map(MarkedText text, UnaryOperator<String> change) {
        TextBuilder out = new TextBuilder();
        text.parts().forEach(part -> out.append(change.apply(part.text()), part.origin()));
        return out.build();
    }

    private static long count(String string, String part) {
        if (part.isEmpty()) {
            return string.codePointCount(0, string.length()) + 1L;
        }
        long count = 0;
        for (int at = string.indexOf(part); at >= 0; at = string.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    private static NumberValue index(MarkedText text, int at) {
        return NumberValue.of(at < 0 ? -1L : text.toString().codePointCount(0, at));
    }

    private static long most(Value count) {
        long most = Operators.integer(count);
        return most < 0 ? Long.MAX_VALUE : most;
    }

    static String string(Value value) {
        return asText(value).toString();
    }

    static MarkedText asText(Value value) {
        if (value instanceof MarkedText text) {
            return text;
        }
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw new TemplateException("a text is needed, not a value of type " + value.typeName());
    }
}
