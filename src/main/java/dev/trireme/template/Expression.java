package dev.trireme.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A part of a template that has a value. */
interface Expression {
    /** The value; work is charged to the frame's run. */
    Value evaluate(Frame frame);

    /** A literal. */
    record Literal(Value value) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            return value;
        }
    }

    /** A variable or function. */
    record Name(String name) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            frame.run().charge(1);
            return frame.get(name);
        }
    }

    /** {@code [a, b]} or {@code (a, b)}. */
    record Elements(List<Expression> elements, ListValue.Kind kind) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            frame.run().charge(elements.size());
            return new ListValue(all(elements, frame), kind);
        }
    }

    /** <code>{a: b}</code>. */
    record Dict(List<Expression> keys, List<Expression> values) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            frame.run().charge(keys.size());
            return Operators.map(all(keys, frame), all(values, frame));
        }
    }

    /** {@code target.name}. */
    record Attribute(Expression target, String name) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            frame.run().charge(1);
            return target.evaluate(frame).attribute(name);
        }
    }

    /** {@code target[key]}; a text that is no key may be a method's name. */
    record Item(Expression target, Expression key) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            frame.run().charge(1);
            Value value = target.evaluate(frame);
            Value index = key.evaluate(frame);
            Value found = value.item(index);
            return found instanceof Undefined && index instanceof MarkedText name
                    ? value.attribute(name.toString())
                    : found;
        }
    }

    /** {@code target[start:stop:step]}. */
    record Slice(Expression target, Expression start, Expression stop, Expression step) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            Value value = target.evaluate(frame);
            frame.run().charge(value);
            return Operators.slice(value, start.evaluate(frame), stop.evaluate(frame), step.evaluate(frame));
        }
    }

    /** Arguments of a call, filter or test. */
    record ArgumentList(List<Expression> positional, Map<String, Expression> named) {
        static final ArgumentList NONE = new ArgumentList(List.of(), Map.of());

        Arguments evaluate(Frame frame) {
            Map<String, Value> values = new LinkedHashMap<>();
            named.forEach((name, expression) -> values.put(name, expression.evaluate(frame)));
            List<Value> first = all(positional, frame);
            first.forEach(frame.run()::charge);
            values.values().forEach(frame.run()::charge);
            return new Arguments(first, values);
        }
    }

    /** {@code target(arguments)}. */
    record Call(Expression target, ArgumentList arguments) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            return call(frame, arguments.evaluate(frame));
        }

        Value call(Frame frame, Arguments values) {
            if (target instanceof Attribute method) {
                frame.run().charge(method.target.evaluate(frame)); // what a method works on
            }
            Value callee = target.evaluate(frame);
            if (callee instanceof Function function) {
                return charged(frame, function.call(values));
            }
            throw callee instanceof Undefined undefined
                    ? undefined.error()
                    : new TemplateException("a value of type " + callee.typeName() + " cannot be called");
        }
    }

    /** {@code target | name(arguments)}. */
    record Filter(Expression target, String name, ArgumentList arguments) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            Value value = target.evaluate(frame);
            frame.run().charge(value);
            return charged(frame, Filters.apply(name, value, arguments.evaluate(frame)));
        }
    }

    /** {@code target is name(arguments)}. */
    record Test(Expression target, String name, ArgumentList arguments) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            frame.run().charge(1);
            return Constant.of(Tests.holds(name, target.evaluate(frame), arguments.evaluate(frame)));
        }
    }

    /** An arithmetic operator. */
    record Binary(String operator, Expression left, Expression right) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            return charged(frame, Operators.binary(operator, left.evaluate(frame), right.evaluate(frame)));
        }
    }

    /** {@code a ~ b}: the texts of values. */
    record Concatenation(List<Expression> parts) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            TextBuilder text = new TextBuilder();
            parts.forEach(part -> part.evaluate(frame).write(text));
            return charged(frame, text.build());
        }
    }

    /** {@code a < b <= c}, as in mathematics. */
    record Comparison(Expression first, List<String> operators, List<Expression> others) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            Value left = first.evaluate(frame);
            for (int i = 0; i < operators.size(); i++) {
                Value right = others.get(i).evaluate(frame);
                frame.run().charge(left);
                frame.run().charge(right);
                if (!Operators.holds(operators.get(i), left, right)) {
                    return Constant.FALSE;
                }
                left = right;
            }
            return Constant.TRUE;
        }
    }

    /** {@code a and b}, {@code a or b}: the value of the side that decides. */
    record Logical(boolean isAnd, Expression left, Expression right) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            Value value = left.evaluate(frame);
            return value.isTrue() == isAnd ? right.evaluate(frame) : value;
        }
    }

    /** {@code not a}. */
    record Not(Expression operand) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            return Constant.of(!operand.evaluate(frame).isTrue());
        }
    }

    /** {@code -a}. */
    record Negation(Expression operand) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            return Operators.negated(operand.evaluate(frame));
        }
    }

    /** {@code a if condition else b}. */
    record Conditional(Expression condition, Expression then, Expression otherwise) implements Expression {
        @Override
        public Value evaluate(Frame frame) {
            frame.run().charge(1);
            return (condition.evaluate(frame).isTrue() ? then : otherwise).evaluate(frame);
        }
    }

    private static List<Value> all(List<Expression> expressions, Frame frame) {
        List<Value> values = new ArrayList<>(expressions.size());
        expressions.forEach(expression -> values.add(expression.evaluate(frame)));
        return List.copyOf(values);
    }

    private static Value charged(Frame frame, Value value) {
        frame.run().charge(value);
        return value;
    }
}
