package dev.trireme.template;

import java.util.Map;

/** The tests of {@code value is name}. */
final class Tests {
    /** Whether a value passes. */
    @FunctionalInterface
    interface Test {
        boolean passes(Value value, Arguments arguments);
    }

    private static final Map<String, Test> TESTS = Map.ofEntries(
            Map.entry("boolean", (value, arguments) -> value instanceof Constant constant && constant.isBoolean()),
            Map.entry("callable", (value, arguments) -> value instanceof Function),
            Map.entry("defined", (value, arguments) -> !(value instanceof Undefined)),
            Map.entry(
                    "divisibleby",
                    (value, arguments) -> Operators.integer(Operators.binary("%", value, arguments.at(0))) == 0),
            Map.entry("even", (value, arguments) -> Operators.integer(value) % 2 == 0),
            Map.entry("false", (value, arguments) -> value == Constant.FALSE),
            Map.entry("float", (value, arguments) -> value instanceof NumberValue number && !number.isInteger()),
            Map.entry("in", (value, arguments) -> Operators.contains(arguments.at(0), value)),
            Map.entry("integer", (value, arguments) -> value instanceof NumberValue number && number.isInteger()),
            Map.entry(
                    "iterable",
                    (value, arguments) ->
                            value instanceof Undefined || value instanceof Generator || hasElements(value)),
            Map.entry("lower", (value, arguments) -> TextMethods.isLower(value.toText())),
            Map.entry("mapping", (value, arguments) -> value instanceof MapValue),
            Map.entry("none", (value, arguments) -> value == Constant.NONE),
            Map.entry("number", (value, arguments) -> Operators.isNumber(value)),
            Map.entry("odd", (value, arguments) -> Operators.integer(value) % 2 != 0),
            Map.entry("sameas", (value, arguments) -> value == arguments.at(0) || value.equals(arguments.at(0))),
            Map.entry("sequence", (value, arguments) -> value instanceof Undefined || hasElements(value)),
            Map.entry("string", (value, arguments) -> value instanceof MarkedText),
            Map.entry("true", (value, arguments) -> value == Constant.TRUE),
            Map.entry("undefined", (value, arguments) -> value instanceof Undefined),
            Map.entry("upper", (value, arguments) -> TextMethods.isUpper(value.toText())),
            Map.entry("==", comparison("==")),
            Map.entry("eq", comparison("==")),
            Map.entry("equalto", comparison("==")),
            Map.entry("!=", comparison("!=")),
            Map.entry("ne", comparison("!=")),
            Map.entry("<", comparison("<")),
            Map.entry("lt", comparison("<")),
            Map.entry("lessthan", comparison("<")),
            Map.entry("<=", comparison("<=")),
            Map.entry("le", comparison("<=")),
            Map.entry(">", comparison(">")),
            Map.entry("gt", comparison(">")),
            Map.entry("greaterthan", comparison(">")),
            Map.entry(">=", comparison(">=")),
            Map.entry("ge", comparison(">=")));

    private Tests() {}

    static boolean holds(String name, Value value, Arguments arguments) {
        Test test = TESTS.get(name);
        if (test == null) {
            throw new TemplateException("the test " + name + " is not supported");
        }
        return test.passes(value, arguments);
    }

    private static Test comparison(String operator) {
        return (value, arguments) -> Operators.holds(operator, value, arguments.at(0));
    }

    private static boolean hasElements(Value value) {
        return value instanceof MarkedText || value instanceof ListValue || value instanceof MapValue;
    }
}
