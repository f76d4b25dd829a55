package dev.trireme.template;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The functions that every template can call. */
final class Globals {
    /** The parts of {@code strftime} in the C locale. */
    private static final Map<Character, String> DATE_PATTERNS = Map.ofEntries(
            Map.entry('a', "EEE"),
            Map.entry('A', "EEEE"),
            Map.entry('b', "MMM"),
            Map.entry('B', "MMMM"),
            Map.entry('d', "dd"),
            Map.entry('f', "SSSSSS"),
            Map.entry('H', "HH"),
            Map.entry('I', "hh"),
            Map.entry('j', "DDD"),
            Map.entry('m', "MM"),
            Map.entry('M', "mm"),
            Map.entry('p', "a"),
            Map.entry('S', "ss"),
            Map.entry('y', "yy"),
            Map.entry('Y', "yyyy"),
            Map.entry('c', "EEE MMM ppd HH:mm:ss yyyy"),
            Map.entry('D', "MM/dd/yy"),
            Map.entry('e', "ppd"),
            Map.entry('F', "yyyy-MM-dd"),
            Map.entry('R', "HH:mm"),
            Map.entry('T', "HH:mm:ss"),
            Map.entry('x', "MM/dd/yy"),
            Map.entry('X', "HH:mm:ss"));

    private Globals() {}

    static Map<String, Value> at(ZonedDateTime now) {
        Map<String, Value> functions = new HashMap<>();
        put(functions, "raise_exception", arguments -> {
            throw new TemplateException(
                    "the template refuses this: " + arguments.at(0).toText());
        });
        put(
                functions,
                "strftime_now",
                arguments -> MarkedText.ofTemplate(date(now, TextMethods.string(arguments.at(0)))));
        put(functions, "range", Globals::range);
        put(functions, "namespace", arguments -> new Namespace(named(arguments)));
        put(functions, "dict", arguments -> {
            Map<Value, Value> entries = new LinkedHashMap<>();
            named(arguments).forEach((name, value) -> entries.put(MarkedText.ofTemplate(name), value));
            return new MapValue(entries);
        });
        for (String name : List.of("cycler", "joiner", "lipsum")) {
            put(functions, name, arguments -> {
                throw new TemplateException("the function " + name + " is not supported");
            });
        }
        return functions;
    }

    private static void put(Map<String, Value> functions, String name, Function.Body body) {
        functions.put(name, new Function(name, body));
    }

    /** The named arguments, over the entries of a dict that comes first. */
    private static Map<String, Value> named(Arguments arguments) {
        Map<String, Value> named = new LinkedHashMap<>();
        if (arguments.count() > 1 || (arguments.count() == 1 && !(arguments.at(0) instanceof MapValue))) {
            throw new TemplateException("namespace and dict take named arguments or one dict");
        }
        if (arguments.count() == 1 && arguments.at(0) instanceof MapValue map) {
            map.entries().forEach((key, value) -> named.put(key.toText().toString(), value));
        }
        named.putAll(arguments.named());
        return named;
    }

    private static Value range(Arguments arguments) {
        arguments.requireAtMost("range", 3);
        boolean hasStart = arguments.count() > 1;
        long start = hasStart ? Operators.integer(arguments.at(0)) : 0;
        long stop = Operators.integer(arguments.at(hasStart ? 1 : 0));
        long step = arguments.count() > 2 ? Operators.integer(arguments.at(2)) : 1;
        if (step == 0) {
            throw new TemplateException("the step of range is 0");
        }
        List<Value> numbers = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i = Math.addExact(i, step)) {
            Operators.requireElements(numbers.size() + 1L);
            numbers.add(NumberValue.of(i));
        }
        return new ListValue(List.copyOf(numbers), ListValue.Kind.RANGE);
    }

    private static String date(ZonedDateTime now, String format) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            if (format.charAt(i) != '%') {
                text.append(format.charAt(i));
                continue;
            }
            boolean unpadded = format.startsWith("%-", i);
            i += unpadded ? 2 : 1;
            char letter = i < format.length() ? format.charAt(i) : ' ';
            String pattern = DATE_PATTERNS.get(letter);
            if (letter == '%') {
                text.append('%');
            } else if (pattern == null) {
                throw new TemplateException(
                        "the date format " + format + " has %" + letter + ", which is not supported");
            } else {
                String part = now.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
                text.append(unpadded ? part.replaceFirst("^0+(?=.)", "") : part);
            }
        }
        return text.toString();
    }
}
