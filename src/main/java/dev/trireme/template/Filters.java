package dev.trireme.template;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** The filters, by name. */
final class Filters {
    /** What a filter makes of a value. */
    @FunctionalInterface
    interface Filter {
        Value apply(Value value, Arguments arguments);
    }

    private static final NumberValue MINUS_ONE = NumberValue.of(-1L);

    private static final Map<String, Filter> FILTERS = Map.ofEntries(
            Map.entry(
                    "abs",
                    plain((value) ->
                            Operators.compare("<", value, NumberValue.of(0)) < 0 ? Operators.negated(value) : value)),
            Map.entry("capitalize", plain(value -> TextMethods.capitalized(value.toText()))),
            Map.entry("count", plain(Filters::length)),
            Map.entry("d", Filters::otherwise),
            Map.entry("default", Filters::otherwise),
            Map.entry("dictsort", Filters::dictSort),
            Map.entry(
                    "first",
                    plain(value ->
                            value.elements().stream().findFirst().orElseGet(() -> new Undefined("first of nothing")))),
            Map.entry("float", Filters::toReal),
            Map.entry("indent", Filters::indent),
            Map.entry("int", Filters::toInteger),
            Map.entry("items", plain(value -> new Generator(() -> items(value)))),
            Map.entry("join", Filters::join),
            Map.entry(
                    "last",
                    plain(value -> value.elements().stream()
                            .reduce((before, last) -> last)
                            .orElseGet(() -> new Undefined("last of nothing")))),
            Map.entry("length", plain(Filters::length)),
            Map.entry("list", plain(value -> ListValue.of(value.elements()))),
            Map.entry("lower", plain(value -> TextMethods.lower(value.toText()))),
            Map.entry("map", Filters::map),
            Map.entry("max", plain(value -> extreme(value, Comparator.reverseOrder()))),
            Map.entry("min", plain(value -> extreme(value, Comparator.naturalOrder()))),
            Map.entry("reject", (value, arguments) -> select(value, arguments, false, false)),
            Map.entry("rejectattr", (value, arguments) -> select(value, arguments, true, false)),
            Map.entry("replace", Filters::replace),
            Map.entry("reverse", plain(Filters::reversed)),
            Map.entry("safe", plain(value -> value.toText().asMarkup())),
            Map.entry("select", (value, arguments) -> select(value, arguments, false, true)),
            Map.entry("selectattr", (value, arguments) -> select(value, arguments, true, true)),
            Map.entry("sort", Filters::sort),
            Map.entry("string", plain(Value::toText)),
            Map.entry("sum", Filters::sum),
            Map.entry(
                    "title", plain(value -> ((Function) TextMethods.of(value.toText(), "title")).call(Arguments.of()))),
            Map.entry("tojson", JsonText::of),
            Map.entry(
                    "trim",
                    (value, arguments) ->
                            TextMethods.strip(value.toText(), arguments.at(0, "chars", Constant.NONE), true, true)),
            Map.entry("unique", Filters::unique),
            Map.entry("upper", plain(value -> TextMethods.upper(value.toText()))));

    private Filters() {}

    static Value apply(String name, Value value, Arguments arguments) {
        Filter filter = FILTERS.get(name);
        if (filter == null) {
            throw new TemplateException("the filter " + name + " is not supported");
        }
        return filter.apply(value, arguments);
    }

    private static Filter plain(UnaryOperator<Value> change) {
        return (value, arguments) -> {
            arguments.requireAtMost("a filter", 0);
            return change.apply(value);
        };
    }

    private static Value length(Value value) {
        return NumberValue.of((long) value.size());
    }

    private static Value otherwise(Value value, Arguments arguments) {
        boolean alsoFalse = arguments.at(1, "boolean", Constant.FALSE).isTrue();
        return value instanceof Undefined || (alsoFalse && !value.isTrue())
                ? arguments.at(0, "default_value", MarkedText.EMPTY)
                : value;
    }

    private static Value reversed(Value value) {
        return value instanceof MarkedText
                ? Operators.slice(value, Constant.NONE, Constant.NONE, MINUS_ONE)
                : new Generator(
                        () -> Operators.slice(ListValue.of(value.elements()), Constant.NONE, Constant.NONE, MINUS_ONE)
                                .elements());
    }

    private static List<Value> items(Value value) {
        if (value instanceof Undefined) {
            return List.of();
        }
        if (value instanceof MapValue map) {
            return map.items().elements();
        }
        throw new TemplateException("items needs a dict, not a value of type " + value.typeName());
    }

    private static Value dictSort(Value value, Arguments arguments) {
        boolean caseSensitive =
                arguments.at(0, "case_sensitive", Constant.FALSE).isTrue();
        boolean byValue = arguments
                .at(1, "by", MarkedText.ofTemplate("key"))
                .toText()
                .toString()
                .equals("value");
        boolean reverse = arguments.at(2, "reverse", Constant.FALSE).isTrue();
        return sorted(items(value), item -> item.elements().get(byValue ? 1 : 0), caseSensitive, reverse);
    }

    private static Value sort(Value value, Arguments arguments) {
        Value attribute = arguments.at(2, "attribute", Constant.NONE);
        return sorted(
                value.elements(),
                element -> attribute == Constant.NONE ? element : path(element, attribute),
                arguments.at(1, "case_sensitive", Constant.FALSE).isTrue(),
                arguments.at(0, "reverse", Constant.FALSE).isTrue());
    }

    private static Value sorted(
            List<Value> elements, UnaryOperator<Value> key, boolean caseSensitive, boolean reverse) {
        Comparator<Value> order = (left, right) ->
                Operators.compare("<", folded(key.apply(left), caseSensitive), folded(key.apply(right), caseSensitive));
        return ListValue.of(
                elements.stream().sorted(reverse ? order.reversed() : order).toList());
    }

    private static Value folded(Value value, boolean caseSensitive) {
        return value instanceof MarkedText text && !caseSensitive ? TextMethods.lower(text) : value;
    }

    private static Value unique(Value value, Arguments arguments) {
        boolean caseSensitive =
                arguments.at(0, "case_sensitive", Constant.FALSE).isTrue();
        Value attribute = arguments.at(1, "attribute", Constant.NONE);
        LinkedHashSet<Value> seen = new LinkedHashSet<>();
        return new Generator(() -> value.elements().stream()
                .filter(element -> seen.add(
                        folded(attribute == Constant.NONE ? element : path(element, attribute), caseSensitive)))
                .toList());
    }

    private static Value extreme(Value value, Comparator<Integer> order) {
        return value.elements().stream()
                .min((left, right) ->
                        order.compare(Operators.compare("<", folded(left, false), folded(right, false)), 0))
                .orElseGet(() -> new Undefined("no smallest or largest of nothing"));
    }

    private static Value sum(Value value, Arguments arguments) {
        Value attribute = arguments.at(0, "attribute", Constant.NONE);
        Value sum = arguments.at(1, "start", NumberValue.of(0L));
        for (Value element : value.elements()) {
            sum = Operators.binary("+", sum, attribute == Constant.NONE ? element : path(element, attribute));
        }
        return sum;
    }

    private static Value join(Value value, Arguments arguments) {
        Value attribute = arguments.at(1, "attribute", Constant.NONE);
        List<Value> elements = value.elements();
        if (attribute != Constant.NONE) {
            elements =
                    elements.stream().map(element -> path(element, attribute)).toList();
        }
        return TextMethods.join(arguments.at(0, "d", MarkedText.EMPTY).toText(), elements, false);
    }

    private static Value replace(Value value, Arguments arguments) {
        Value most = arguments.at(2, "count", Constant.NONE);
        return TextMethods.replace(
                value.toText(),
                arguments.at(0).toText(),
                arguments.at(1).toText(),
                most == Constant.NONE ? Long.MAX_VALUE : Operators.integer(most));
    }

    private static Value indent(Value value, Arguments arguments) {
        Value width = arguments.at(0, "width", NumberValue.of(4L));
        boolean first = arguments.at(1, "first", Constant.FALSE).isTrue();
        boolean blank = arguments.at(2, "blank", Constant.FALSE).isTrue();
        MarkedText level = width instanceof MarkedText text
                ? text
                : Operators.binary("*", MarkedText.ofTemplate(" "), width).toText();
        MarkedText text = value.toText();
        String string = text.toString();
        List<MarkedText> lines = new ArrayList<>(TextMethods.lines(text));
        if (string.isEmpty() || Whitespace.endsLine(string.charAt(string.length() - 1))) {
            lines.add(MarkedText.EMPTY);
        }
        TextBuilder out = new TextBuilder();
        for (int i = 0; i < lines.size(); i++) {
            if (i > 0) {
                out.append("\n");
            }
            if (i == 0 ? first : blank || lines.get(i).isTrue()) {
                out.append(level);
            }
            out.append(lines.get(i));
        }
        return out.build();
    }

    private static Value map(Value value, Arguments arguments) {
        return new Generator(() -> mapped(value, arguments));
    }

    private static List<Value> mapped(Value value, Arguments arguments) {
        List<Value> mapped = new ArrayList<>();
        Value attribute = arguments.named().getOrDefault("attribute", Constant.NONE);
        for (Value element : elementsIfAny(value)) {
            if (attribute != Constant.NONE) {
                Value found = path(element, attribute);
                mapped.add(found instanceof Undefined ? arguments.named().getOrDefault("default", found) : found);
            } else {
                mapped.add(apply(TextMethods.string(arguments.at(0)), element, rest(arguments, 1)));
            }
        }
        return mapped;
    }

    private static Value select(Value value, Arguments arguments, boolean ofAttribute, boolean keeps) {
        Predicate<Value> test = element -> {
            Value tested = ofAttribute ? path(element, arguments.at(0)) : element;
            int name = ofAttribute ? 1 : 0;
            return arguments.count() <= name
                    ? tested.isTrue()
                    : Tests.holds(TextMethods.string(arguments.at(name)), tested, rest(arguments, name + 1));
        };
        return new Generator(() -> elementsIfAny(value).stream()
                .filter(element -> test.test(element) == keeps)
                .toList());
    }

    /** These filters take none, 0 and the like for nothing. */
    private static List<Value> elementsIfAny(Value value) {
        return value.isTrue() ? value.elements() : List.of();
    }

    private static Arguments rest(Arguments arguments, int from) {
        return new Arguments(arguments.positional().subList(from, arguments.count()), arguments.named());
    }

    /** An attribute by its name with dots, or an element by its index; undefined where there is none. */
    private static Value path(Value value, Value attribute) {
        if (attribute instanceof NumberValue) {
            return value.item(attribute);
        }
        Value found = value;
        for (String name : TextMethods.string(attribute).split("\\.", -1)) {
            Value key = name.matches("[0-9]{1,9}") ? NumberValue.of(Long.parseLong(name)) : MarkedText.ofTemplate(name);
            found = found instanceof Namespace || found instanceof LoopValue ? found.attribute(name) : found.item(key);
        }
        return found;
    }

    private static Value toInteger(Value value, Arguments arguments) {
        Value otherwise = arguments.at(0, "default", NumberValue.of(0L));
        if (value instanceof NumberValue number && !number.isInteger()) {
            return Double.isFinite(number.real()) && Math.abs(number.real()) < 1e18
                    ? NumberValue.of((long) number.real())
                    : otherwise;
        }
        if (Operators.isIntegral(value)) {
            return NumberValue.of(Operators.integer(value));
        }
        String text = value.toText().toString().strip();
        try {
            return NumberValue.of(Long.parseLong(text.replaceFirst("^\\+", "")));
        } catch (NumberFormatException e) {
            Value real = real(text, otherwise);
            return real == otherwise ? otherwise : toInteger(real, arguments);
        }
    }

    private static Value toReal(Value value, Arguments arguments) {
        Value otherwise = arguments.at(0, "default", NumberValue.of(0.0));
        return value instanceof NumberValue number
                ? NumberValue.of(number.real())
                : Operators.isIntegral(value)
                        ? NumberValue.of((double) Operators.integer(value))
                        : real(value.toText().toString().strip(), otherwise);
    }

    private static Value real(String text, Value otherwise) {
        return text.toLowerCase(Locale.ROOT).matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)(e[+-]?[0-9]+)?")
                ? NumberValue.of(Double.parseDouble(text))
                : otherwise;
    }
}
