package dev.trireme.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The operators of expressions, with Python's meaning. */
final class Operators {
    private static final int MAX_ELEMENTS = 1 << 20;

    private Operators() {}

    static Value binary(String operator, Value left, Value right) {
        return switch (operator) {
            case "+" -> add(left, right);
            case "*" -> multiply(left, right);
            case "%" -> left instanceof MarkedText ? percentOfText() : arithmetic(operator, left, right);
            default -> arithmetic(operator, left, right);
        };
    }

    private static Value percentOfText() {
        throw new TemplateException("formatting a text by the percent sign is not supported; use ~ or .format()");
    }

    private static Value add(Value left, Value right) {
        if (left instanceof MarkedText first && right instanceof MarkedText second) {
            return join(first, second);
        }
        if (left instanceof ListValue first && right instanceof ListValue second && first.kind() == second.kind()) {
            List<Value> elements = new ArrayList<>(first.elements());
            elements.addAll(second.elements());
            requireElements(elements.size());
            return new ListValue(List.copyOf(elements), first.kind());
        }
        return arithmetic("+", left, right);
    }

    /** Markup, which the filter safe makes, escapes what it is added to. */
    private static MarkedText join(MarkedText left, MarkedText right) {
        boolean markup = left.escapesOthers() || right.escapesOthers();
        TextBuilder joined = new TextBuilder();
        joined.append(markup && !left.escapesOthers() ? escaped(left) : left);
        joined.append(markup && !right.escapesOthers() ? escaped(right) : right);
        return markup ? joined.build().asMarkup() : joined.build();
    }

    static MarkedText escaped(MarkedText text) {
        TextBuilder out = new TextBuilder();
        for (int i = 0; i < text.chars(); i++) {
            String entity = switch (text.toString().charAt(i)) {
                case '&' -> "&amp;";
                case '<' -> "&lt;";
                case '>' -> "&gt;";
                case '\'' -> "&#39;";
                case '"' -> "&#34;";
                default -> "";
            };
            if (entity.isEmpty()) {
                out.append(text, i, i + 1);
            } else {
                out.append(entity, text.originAt(i));
            }
        }
        return out.build();
    }

    private static Value multiply(Value left, Value right) {
        if (isIntegral(left) && (right instanceof MarkedText || right instanceof ListValue)) {
            return multiply(right, left);
        }
        if (left instanceof MarkedText text && isIntegral(right)) {
            TextBuilder out = new TextBuilder();
            for (long i = 0; i < integer(right) && text.chars() > 0; i++) {
                out.append(text);
            }
            return out.build();
        }
        if (left instanceof ListValue list && isIntegral(right)) {
            long times = list.elements().isEmpty() ? 0 : Math.max(0, integer(right));
            requireElements(Math.min(times, MAX_ELEMENTS + 1L) * list.size());
            List<Value> elements = new ArrayList<>();
            for (long i = 0; i < times; i++) {
                elements.addAll(list.elements());
            }
            return new ListValue(List.copyOf(elements), list.kind());
        }
        return arithmetic("*", left, right);
    }

    static void requireElements(long count) {
        if (count > MAX_ELEMENTS) {
            throw new TemplateException("a list would have more than " + MAX_ELEMENTS + " elements");
        }
    }

    private static Value arithmetic(String operator, Value left, Value right) {
        if (!isNumber(left) || !isNumber(right)) {
            throw unsupported(operator, left, right);
        }
        try {
            return isIntegral(left) && isIntegral(right)
                    ? ofIntegers(operator, integer(left), integer(right))
                    : ofReals(operator, real(left), real(right));
        } catch (ArithmeticException e) {
            throw new TemplateException(
                    Repr.of(left) + " " + operator + " " + Repr.of(right) + " cannot be computed in 64 bits");
        }
    }

    private static Value ofIntegers(String operator, long left, long right) {
        return switch (operator) {
            case "+" -> NumberValue.of(Math.addExact(left, right));
            case "-" -> NumberValue.of(Math.subtractExact(left, right));
            case "*" -> NumberValue.of(Math.multiplyExact(left, right));
            case "//" -> NumberValue.of(Math.floorDiv(left, right));
            case "%" -> NumberValue.of(Math.floorMod(left, right));
            case "**" -> right < 0 ? NumberValue.of(Math.pow((double) left, (double) right)) : power(left, right);
            default -> ofReals(operator, (double) left, (double) right);
        };
    }

    private static Value power(long base, long exponent) {
        long power = 1;
        for (long i = 0; i < exponent; i++) {
            power = Math.multiplyExact(power, base);
            if (i > Long.SIZE && Math.abs(base) <= 1) {
                return NumberValue.of(base == -1 && exponent % 2 != 0 ? -1L : base * base);
            }
        }
        return NumberValue.of(power);
    }

    private static Value ofReals(String operator, double left, double right) {
        if (right == 0 && !"+-*".contains(operator) && !operator.equals("**")) {
            throw new TemplateException("division by zero");
        }
        return NumberValue.of(
                switch (operator) {
                    case "+" -> left + right;
                    case "-" -> left - right;
                    case "*" -> left * right;
                    case "/" -> left / right;
                    case "//" -> Math.floor(left / right);
                    case "%" -> left - Math.floor(left / right) * right;
                    default -> Math.pow(left, right);
                });
    }

    static Value negated(Value value) {
        if (value instanceof NumberValue number && !number.isInteger()) {
            return NumberValue.of(-number.real());
        }
        return arithmetic("-", NumberValue.of(0), value);
    }

    // --- comparisons ---

    static boolean holds(String operator, Value left, Value right) {
        return switch (operator) {
            case "==" -> areEqual(left, right);
            case "!=" -> !areEqual(left, right);
            case "in" -> contains(right, left);
            case "not in" -> !contains(right, left);
            case "<" -> compare(operator, left, right) < 0;
            case "<=" -> compare(operator, left, right) <= 0;
            case ">" -> compare(operator, left, right) > 0;
            default -> compare(operator, left, right) >= 0;
        };
    }

    static boolean areEqual(Value left, Value right) {
        if (isNumber(left) && isNumber(right)) {
            boolean exact = isIntegral(left) && isIntegral(right);
            return exact ? integer(left) == integer(right) : real(left) == real(right);
        }
        if (left instanceof ListValue first && right instanceof ListValue second) {
            if (first.kind() != second.kind() || first.size() != second.size()) {
                return false;
            }
            for (int i = 0; i < first.size(); i++) {
                if (!areEqual(first.elements().get(i), second.elements().get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (left instanceof MapValue first && right instanceof MapValue second) {
            return first.size() == second.size()
                    && first.entries().entrySet().stream()
                            .allMatch(entry -> second.entries().containsKey(entry.getKey())
                                    && areEqual(entry.getValue(), second.item(entry.getKey())));
        }
        return left.equals(right);
    }

    static boolean contains(Value container, Value element) {
        if (container instanceof MarkedText text) {
            if (!(element instanceof MarkedText part)) {
                throw new TemplateException("'in' of a text needs a text, not " + element.typeName());
            }
            return text.toString().contains(part.toString());
        }
        if (container instanceof MapValue map) {
            return map.entries().containsKey(element);
        }
        return container.elements().stream().anyMatch(each -> areEqual(each, element));
    }

    /** The order of two numbers, texts or lists. */
    static int compare(String operator, Value left, Value right) {
        if (isNumber(left) && isNumber(right)) {
            return isIntegral(left) && isIntegral(right)
                    ? Long.compare(integer(left), integer(right))
                    : Double.compare(real(left), real(right));
        }
        if (left instanceof MarkedText first && right instanceof MarkedText second) {
            return compareCodePoints(first.toString(), second.toString());
        }
        if (left instanceof ListValue first && right instanceof ListValue second && first.kind() == second.kind()) {
            for (int i = 0; i < Math.min(first.size(), second.size()); i++) {
                Value one = first.elements().get(i);
                Value other = second.elements().get(i);
                if (!areEqual(one, other)) {
                    return compare(operator, one, other);
                }
            }
            return Integer.compare(first.size(), second.size());
        }
        throw unsupported(operator, left, right);
    }

    private static int compareCodePoints(String left, String right) {
        int length = Math.min(left.length(), right.length());
        for (int at = 0; at < length; ) {
            int one = left.codePointAt(at);
            int other = right.codePointAt(at);
            if (one != other) {
                return Integer.compare(one, other);
            }
            at += Character.charCount(one);
        }
        return Integer.compare(left.length(), right.length());
    }

    // --- conversions ---

    static boolean isNumber(Value value) {
        return value instanceof NumberValue || (value instanceof Constant constant && constant.isBoolean());
    }

    static boolean isIntegral(Value value) {
        return isNumber(value) && !(value instanceof NumberValue number && !number.isInteger());
    }

    static long integer(Value value) {
        if (value instanceof NumberValue number && number.isInteger()) {
            return number.integer();
        }
        if (value instanceof Constant constant && constant.isBoolean()) {
            return constant.isTrue() ? 1 : 0;
        }
        throw new TemplateException("an integer is needed, not a value of type " + value.typeName());
    }

    private static double real(Value value) {
        return value instanceof NumberValue number ? number.real() : integer(value);
    }

    private static TemplateException unsupported(String operator, Value left, Value right) {
        for (Value value : List.of(left, right)) {
            if (value instanceof Undefined undefined) {
                return undefined.error();
            }
        }
        return new TemplateException(
                operator + " cannot be applied to types " + left.typeName() + " and " + right.typeName());
    }

    static MapValue map(List<Value> keys, List<Value> values) {
        Map<Value, Value> entries = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            if (keys.get(i) instanceof MapValue
                    || (keys.get(i) instanceof ListValue list && list.kind() == ListValue.Kind.LIST)) {
                throw new TemplateException("a value of type " + keys.get(i).typeName() + " cannot be a key");
            }
            entries.put(keys.get(i), values.get(i));
        }
        return new MapValue(entries);
    }

    // --- slices ---

    static Value slice(Value value, Value start, Value stop, Value step) {
        if (!(value instanceof MarkedText) && !(value instanceof ListValue)) {
            throw value instanceof Undefined undefined
                    ? undefined.error()
                    : new TemplateException("a value of type " + value.typeName() + " cannot be sliced");
        }
        int size = value.size();
        long stride = step == Constant.NONE ? 1 : integer(step);
        if (stride == 0) {
            throw new TemplateException("the step of a slice is 0");
        }
        long from = bound(start, size, stride > 0 ? 0 : size - 1L, stride);
        long to = bound(stop, size, stride > 0 ? size : -1L, stride);
        if (value instanceof MarkedText text && stride == 1) {
            String characters = text.toString();
            int begin = characters.offsetByCodePoints(0, (int) from);
            return from >= to
                    ? MarkedText.EMPTY
                    : text.slice(begin, characters.offsetByCodePoints(begin, (int) (to - from)));
        }
        List<Value> elements = value.elements();
        List<Value> chosen = new ArrayList<>();
        for (long i = from; stride > 0 ? i < to : i > to; i += stride) {
            chosen.add(elements.get((int) i));
        }
        if (value instanceof ListValue list) {
            return new ListValue(List.copyOf(chosen), list.kind());
        }
        TextBuilder out = new TextBuilder();
        chosen.forEach(character -> character.write(out));
        return out.build();
    }

    private static long bound(Value value, int size, long otherwise, long stride) {
        if (value == Constant.NONE) {
            return otherwise;
        }
        long index = integer(value);
        long least = stride > 0 ? 0 : -1;
        long most = stride > 0 ? size : size - 1L;
        return Math.max(least, Math.min(most, index < 0 ? index + size : index));
    }
}
