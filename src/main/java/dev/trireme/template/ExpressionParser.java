package dev.trireme.template;

import dev.trireme.template.Expression.ArgumentList;
import dev.trireme.template.Expression.Attribute;
import dev.trireme.template.Expression.Binary;
import dev.trireme.template.Expression.Call;
import dev.trireme.template.Expression.Comparison;
import dev.trireme.template.Expression.Concatenation;
import dev.trireme.template.Expression.Conditional;
import dev.trireme.template.Expression.Dict;
import dev.trireme.template.Expression.Elements;
import dev.trireme.template.Expression.Filter;
import dev.trireme.template.Expression.Item;
import dev.trireme.template.Expression.Literal;
import dev.trireme.template.Expression.Logical;
import dev.trireme.template.Expression.Name;
import dev.trireme.template.Expression.Negation;
import dev.trireme.template.Expression.Not;
import dev.trireme.template.Expression.Slice;
import dev.trireme.template.Expression.Test;
import dev.trireme.template.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Parses expressions, loosest operator first:
 *
 * <pre>
 *   a if b else c    or    and    not    == != &lt; in …    + -    ~    * / // %    **    -a    a.b a[b] a(b)    a | f    a is t
 * </pre>
 */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> ENDS_TEST = Set.of("else", "or", "and", "is", "if", "in", "not");
    private static final Expression NONE = new Literal(Constant.NONE);

    private final Cursor cursor;

    ExpressionParser(Cursor cursor) {
        this.cursor = cursor;
    }

    /** An expression, or several with commas: a tuple. */
    Expression tuple() {
        Expression first = expression();
        if (!cursor.current().isOperator(",")) {
            return first;
        }
        List<Expression> elements = new ArrayList<>(List.of(first));
        while (cursor.skipOperator(",") && beginsExpression()) {
            elements.add(expression());
        }
        return new Elements(List.copyOf(elements), ListValue.Kind.TUPLE);
    }

    private boolean beginsExpression() {
        Token token = cursor.current();
        return !token.is(Kind.BLOCK_END)
                && !token.is(Kind.PRINT_END)
                && !token.isOperator(")")
                && !token.isOperator("=");
    }

    Expression expression() {
        cursor.enter();
        Expression value = or();
        while (cursor.skipName("if")) {
            Expression condition = or();
            Expression otherwise = cursor.skipName("else")
                    ? expression()
                    : new Literal(new Undefined("the condition is false, and there is no else"));
            value = new Conditional(condition, value, otherwise);
        }
        cursor.leave();
        return value;
    }

    /** The elements of a loop: an expression whose if belongs to the loop. */
    Expression withoutCondition() {
        Expression first = or();
        if (!cursor.current().isOperator(",")) {
            return first;
        }
        List<Expression> elements = new ArrayList<>(List.of(first));
        while (cursor.skipOperator(",") && beginsExpression()) {
            elements.add(or());
        }
        return new Elements(List.copyOf(elements), ListValue.Kind.TUPLE);
    }

    private Expression or() {
        Expression left = and();
        while (cursor.skipName("or")) {
            left = new Logical(false, left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (cursor.skipName("and")) {
            left = new Logical(true, left, not());
        }
        return left;
    }

    private Expression not() {
        if (!cursor.current().isName("not") || cursor.following().isName("in")) {
            return comparison();
        }
        cursor.next();
        cursor.enter();
        Expression operand = not();
        cursor.leave();
        return new Not(operand);
    }

    private Expression comparison() {
        Expression first = sum();
        List<String> operators = new ArrayList<>();
        List<Expression> others = new ArrayList<>();
        while (true) {
            Token token = cursor.current();
            if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
                operators.add(cursor.next().text());
            } else if (cursor.skipName("in")) {
                operators.add("in");
            } else if (token.isName("not") && cursor.following().isName("in")) {
                cursor.next();
                cursor.next();
                operators.add("not in");
            } else {
                break;
            }
            others.add(sum());
        }
        return operators.isEmpty() ? first : new Comparison(first, List.copyOf(operators), List.copyOf(others));
    }

    private Expression sum() {
        Expression left = concatenation();
        while (cursor.current().isOperator("+") || cursor.current().isOperator("-")) {
            left = new Binary(cursor.next().text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression first = product();
        if (!cursor.current().isOperator("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (cursor.skipOperator("~")) {
            parts.add(product());
        }
        return new Concatenation(List.copyOf(parts));
    }

    private Expression product() {
        Expression left = power();
        while (Set.of("*", "/", "//", "%").contains(cursor.current().text())
                && cursor.current().is(Kind.OPERATOR)) {
            left = new Binary(cursor.next().text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (cursor.skipOperator("**")) {
            left = new Binary("**", left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        Expression value;
        cursor.enter();
        if (cursor.skipOperator("-")) {
            value = new Negation(unary(false));
        } else if (cursor.skipOperator("+")) {
            value = unary(false);
        } else {
            value = primary();
        }
        value = postfix(value);
        cursor.leave();
        return withFilters ? filtered(value) : value;
    }

    private Expression primary() {
        Token token = cursor.current();
        return switch (token.kind()) {
            case NAME -> name(cursor.next().text());
            case STRING -> string();
            case INTEGER -> new Literal(integer(cursor.next().text()));
            case REAL ->
                new Literal(NumberValue.of(Double.parseDouble(cursor.next().text())));
            case OPERATOR -> bracketed();
            default -> throw cursor.unexpected("an expression");
        };
    }

    private static Expression name(String name) {
        return switch (name) {
            case "true", "True" -> new Literal(Constant.TRUE);
            case "false", "False" -> new Literal(Constant.FALSE);
            case "none", "None" -> NONE;
            default -> new Name(name);
        };
    }

    private Expression string() {
        StringBuilder text = new StringBuilder();
        while (cursor.current().is(Kind.STRING)) {
            text.append(cursor.next().text());
        }
        return new Literal(MarkedText.ofTemplate(text.toString()));
    }

    private static Value integer(String digits) {
        int radix = digits.matches("0[xX].*") ? 16 : digits.matches("0[oO].*") ? 8 : digits.matches("0[bB].*") ? 2 : 10;
        BigInteger value = new BigInteger(radix == 10 ? digits : digits.substring(2), radix);
        if (value.bitLength() >= Long.SIZE) {
            throw new TemplateException("the integer " + digits + " does not fit 64 bits");
        }
        return NumberValue.of(value.longValue());
    }

    private Expression bracketed() {
        if (cursor.skipOperator("(")) {
            if (cursor.skipOperator(")")) {
                return new Elements(List.of(), ListValue.Kind.TUPLE);
            }
            Expression inner = tuple();
            cursor.expectOperator(")");
            return inner;
        }
        if (cursor.skipOperator("[")) {
            List<Expression> elements = new ArrayList<>();
            while (!cursor.skipOperator("]")) {
                separate(elements, "]");
                if (!cursor.current().isOperator("]")) {
                    elements.add(expression());
                }
            }
            return new Elements(List.copyOf(elements), ListValue.Kind.LIST);
        }
        if (cursor.skipOperator("{")) {
            return dict();
        }
        throw cursor.unexpected("an expression");
    }

    private void separate(List<Expression> elements, String end) {
        if (!elements.isEmpty() && !cursor.skipOperator(",")) {
            throw cursor.unexpected("\",\" or \"" + end + "\"");
        }
    }

    private Expression dict() {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!cursor.skipOperator("}")) {
            separate(keys, "}");
            if (!cursor.current().isOperator("}")) {
                keys.add(expression());
                cursor.expectOperator(":");
                values.add(expression());
            }
        }
        return new Dict(List.copyOf(keys), List.copyOf(values));
    }

    private Expression postfix(Expression target) {
        Expression value = target;
        while (true) {
            if (cursor.skipOperator(".")) {
                value = cursor.current().is(Kind.INTEGER)
                        ? new Item(value, new Literal(integer(cursor.next().text())))
                        : new Attribute(value, safe(cursor.name()));
            } else if (cursor.skipOperator("[")) {
                value = subscript(value);
            } else if (cursor.current().isOperator("(")) {
                value = new Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private static String safe(String name) {
        if (name.startsWith("_")) {
            throw new TemplateException("the attribute " + name + " is private");
        }
        return name;
    }

    private Expression subscript(Expression target) {
        Expression start = cursor.current().isOperator(":") ? NONE : expression();
        if (cursor.skipOperator("]")) {
            return new Item(target, start);
        }
        cursor.expectOperator(":");
        Expression stop = sliceEnd() ? NONE : expression();
        Expression step = cursor.skipOperator(":") && !sliceEnd() ? expression() : NONE;
        cursor.expectOperator("]");
        return new Slice(target, start, stop, step);
    }

    private boolean sliceEnd() {
        return cursor.current().isOperator("]") || cursor.current().isOperator(":");
    }

    private Expression filtered(Expression target) {
        Expression value = target;
        while (true) {
            if (cursor.skipOperator("|")) {
                value = filter(value);
            } else if (cursor.skipName("is")) {
                value = test(value);
            } else if (cursor.current().isOperator("(")) {
                value = new Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    Filter filter(Expression target) {
        String name = cursor.name();
        return new Filter(target, name, cursor.current().isOperator("(") ? arguments() : ArgumentList.NONE);
    }

    private Expression test(Expression target) {
        boolean negated = cursor.skipName("not");
        String name = cursor.name();
        ArgumentList arguments = ArgumentList.NONE;
        Token token = cursor.current();
        if (token.isOperator("(")) {
            arguments = arguments();
        } else if (token.is(Kind.STRING)
                || token.is(Kind.INTEGER)
                || token.is(Kind.REAL)
                || token.isOperator("[")
                || token.isOperator("{")
                || (token.is(Kind.NAME) && !ENDS_TEST.contains(token.text()))) {
            arguments = new ArgumentList(List.of(postfix(primary())), Map.of());
        }
        Expression test = new Test(target, name, arguments);
        return negated ? new Not(test) : test;
    }

    private ArgumentList arguments() {
        cursor.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        boolean first = true;
        while (!cursor.skipOperator(")")) {
            if (!first) {
                cursor.expectOperator(",");
                if (cursor.skipOperator(")")) {
                    break;
                }
            }
            first = false;
            if (cursor.current().isOperator("*") || cursor.current().isOperator("**")) {
                throw new TemplateException("arguments from a list or dict, * and **, are not supported");
            }
            if (cursor.current().is(Kind.NAME) && cursor.following().isOperator("=")) {
                String name = cursor.name();
                cursor.next();
                named.put(name, expression());
            } else if (named.isEmpty()) {
                positional.add(expression());
            } else {
                throw cursor.unexpected("a named argument");
            }
        }
        return new ArgumentList(List.copyOf(positional), named);
    }
}
