package dev.trireme.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A part of a template that writes text or changes variables. */
interface Statement {
    /** What a loop around a statement does next. */
    enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    /** Does it. */
    Flow run(Frame frame);

    /** Statements in order, each with its line. */
    record Block(List<Statement> statements, List<Integer> lines) implements Statement {
        @Override
        public Flow run(Frame frame) {
            for (int i = 0; i < statements.size(); i++) {
                frame.run().begin(lines.get(i));
                Flow flow = statements.get(i).run(frame);
                if (flow != Flow.NEXT) {
                    return flow;
                }
            }
            return Flow.NEXT;
        }

        /** Runs in a scope of its own. @return what was written */
        MarkedText capture(Frame frame) {
            TextBuilder text = new TextBuilder();
            run(frame.capturing(text));
            return text.build();
        }
    }

    /** Text between tags. */
    record Text(MarkedText text) implements Statement {
        @Override
        public Flow run(Frame frame) {
            frame.out().append(text);
            return Flow.NEXT;
        }
    }

    /** <code>{{ expression }}</code>. */
    record Print(Expression expression) implements Statement {
        @Override
        public Flow run(Frame frame) {
            Value value = expression.evaluate(frame);
            frame.run().charge(value);
            value.write(frame.out());
            return Flow.NEXT;
        }
    }

    /** {@code if}, {@code elif}, {@code else}. */
    record If(Expression condition, Block then, Block otherwise) implements Statement {
        @Override
        public Flow run(Frame frame) {
            return (condition.evaluate(frame).isTrue() ? then : otherwise).run(frame);
        }
    }

    /** {@code for targets in elements if condition}. */
    record For(List<String> targets, Expression elements, Optional<Expression> condition, Block body, Block otherwise)
            implements Statement {
        @Override
        public Flow run(Frame frame) {
            List<Value> visited = elements.evaluate(frame).elements();
            if (condition.isPresent()) {
                visited = visited.stream()
                        .filter(element -> isVisited(element, frame))
                        .toList();
            }
            for (int i = 0; i < visited.size(); i++) {
                frame.run().charge(1);
                Frame inner = frame.ofLoop();
                unpack(targets, visited.get(i), inner);
                inner.set("loop", new LoopValue(visited, i, inner.loopDepth()));
                if (body.run(inner) == Flow.BREAK) {
                    break;
                }
            }
            return visited.isEmpty() ? otherwise.run(frame.inner()) : Flow.NEXT;
        }

        private boolean isVisited(Value element, Frame frame) {
            frame.run().charge(1);
            Frame inner = frame.inner();
            unpack(targets, element, inner);
            return condition.orElseThrow().evaluate(inner).isTrue();
        }
    }

    /** {@code set targets = value}; a target with a dot is an attribute of a namespace. */
    record Set(List<String> targets, Expression value) implements Statement {
        @Override
        public Flow run(Frame frame) {
            unpack(targets, value.evaluate(frame), frame);
            return Flow.NEXT;
        }
    }

    /** {@code set target}, text, {@code endset}; and the block {@code filter … endfilter}, which has no target. */
    record Capture(Optional<String> target, List<Expression.Filter> filters, Block body) implements Statement {
        @Override
        public Flow run(Frame frame) {
            Value value = body.capture(frame);
            for (Expression.Filter each : filters) {
                value = new Expression.Filter(new Expression.Literal(value), each.name(), each.arguments())
                        .evaluate(frame);
            }
            if (target.isPresent()) {
                assign(target.get(), value, frame);
            } else {
                value.write(frame.out());
            }
            return Flow.NEXT;
        }
    }

    /** {@code macro name(parameters)}. */
    record Macro(String name, List<String> parameters, Map<String, Expression> defaults, Block body)
            implements Statement {
        @Override
        public Flow run(Frame frame) {
            frame.set(name, function(frame));
            return Flow.NEXT;
        }

        Function function(Frame frame) {
            return new Function(name, arguments -> call(frame, arguments));
        }

        private Value call(Frame defined, Arguments arguments) {
            arguments.requireAtMost(name, parameters.size(), namesWithCaller());
            TextBuilder text = new TextBuilder();
            Frame frame = defined.capturing(text);
            for (int i = 0; i < parameters.size(); i++) {
                String parameter = parameters.get(i);
                Value missing = new Undefined("parameter '" + parameter + "' of " + name + " was not given");
                Value given = arguments.at(i, parameter, missing);
                Expression usual = defaults.get(parameter);
                frame.set(parameter, given == missing && usual != null ? usual.evaluate(frame) : given);
            }
            Value caller = arguments.named().get("caller");
            if (caller != null) {
                frame.set("caller", caller);
            }
            defined.run().enter(name);
            body.run(frame);
            defined.run().leave();
            return text.build();
        }

        private String[] namesWithCaller() {
            String[] names = parameters.toArray(new String[parameters.size() + 1]);
            names[parameters.size()] = "caller";
            return names;
        }
    }

    /** {@code call(parameters) macro(arguments)}, body, {@code endcall}: the macro's {@code caller()} writes the body. */
    record CallBlock(Expression.Call call, Macro body) implements Statement {
        @Override
        public Flow run(Frame frame) {
            Arguments arguments = call.arguments().evaluate(frame);
            Map<String, Value> named = new LinkedHashMap<>(arguments.named());
            named.put("caller", body.function(frame));
            call.call(frame, new Arguments(arguments.positional(), named)).write(frame.out());
            return Flow.NEXT;
        }
    }

    /** {@code generation}: what a model is to learn, for those who render twice; here a scope. */
    record Scope(Block body) implements Statement {
        @Override
        public Flow run(Frame frame) {
            return body.run(frame.inner());
        }
    }

    /** {@code break} and {@code continue}. */
    record Jump(Flow flow) implements Statement {
        @Override
        public Flow run(Frame frame) {
            return flow;
        }
    }

    private static void unpack(List<String> targets, Value value, Frame frame) {
        if (targets.size() == 1) {
            assign(targets.get(0), value, frame);
            return;
        }
        List<Value> elements = value.elements();
        if (elements.size() != targets.size()) {
            throw new TemplateException(
                    elements.size() + " values cannot be assigned to " + targets.size() + " names, " + targets);
        }
        for (int i = 0; i < targets.size(); i++) {
            assign(targets.get(i), elements.get(i), frame);
        }
    }

    private static void assign(String target, Value value, Frame frame) {
        int dot = target.indexOf('.');
        if (dot < 0) {
            frame.set(target, value);
        } else if (frame.get(target.substring(0, dot)) instanceof Namespace namespace) {
            namespace.set(target.substring(dot + 1), value);
        } else {
            throw new TemplateException(
                    "'" + target.substring(0, dot) + "' is no namespace, so " + target + " cannot be set");
        }
    }
}
