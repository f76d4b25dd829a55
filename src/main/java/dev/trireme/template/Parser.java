package dev.trireme.template;

import dev.trireme.template.Statement.Block;
import dev.trireme.template.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Parses statements. */
final class Parser {
    private static final Block NOTHING = new Block(List.of(), List.of());

    private final Cursor cursor;
    private final ExpressionParser expressions;
    private int loops; // that a break may end

    private Parser(Cursor cursor) {
        this.cursor = cursor;
        this.expressions = new ExpressionParser(cursor);
    }

    static Block parse(String name, String source) {
        Cursor cursor = new Cursor(Lexer.tokens(name, source));
        try {
            return new Parser(cursor).block(Set.of(), "the end");
        } catch (TemplateException e) {
            throw e.at(name, cursor.current().line());
        }
    }

    /** Statements up to a tag with one of some names, which is current then. */
    private Block block(Set<String> ends, String missing) {
        List<Statement> statements = new ArrayList<>();
        List<Integer> lines = new ArrayList<>();
        while (true) {
            Token token = cursor.current();
            if (token.is(Kind.END)) {
                if (ends.isEmpty()) {
                    return new Block(List.copyOf(statements), List.copyOf(lines));
                }
                throw new TemplateException("a block has no end; add {% " + missing + " %}");
            }
            if (token.is(Kind.BLOCK_BEGIN) && ends.contains(cursor.following().text())) {
                cursor.next();
                return new Block(List.copyOf(statements), List.copyOf(lines));
            }
            lines.add(token.line());
            statements.add(statement(cursor.next()));
        }
    }

    private Statement statement(Token first) {
        if (first.is(Kind.TEXT)) {
            return new Statement.Text(MarkedText.ofTemplate(first.text()));
        }
        if (first.is(Kind.PRINT_BEGIN)) {
            Expression expression = expressions.tuple();
            cursor.expect(Kind.PRINT_END, "}}");
            return new Statement.Print(expression);
        }
        cursor.enter();
        String tag = cursor.name();
        Statement statement = switch (tag) {
            case "if" -> condition();
            case "for" -> loop();
            case "set" -> set();
            case "macro" -> macro();
            case "call" -> call();
            case "filter" -> filter();
            case "generation" -> new Statement.Scope(body("generation"));
            case "break" -> jump(tag, Statement.Flow.BREAK);
            case "continue" -> jump(tag, Statement.Flow.CONTINUE);
            default -> throw new TemplateException("the tag " + tag + " is not supported here");
        };
        endTag();
        cursor.leave();
        return statement;
    }

    private void endTag() {
        cursor.expect(Kind.BLOCK_END, "%}");
    }

    /** The end of this tag, a body, and the name of its end tag. */
    private Block body(String tag) {
        endTag();
        Block body = block(Set.of("end" + tag), "end" + tag);
        cursor.expectName("end" + tag);
        return body;
    }

    private Statement condition() {
        Expression condition = expressions.tuple();
        endTag();
        Block then = block(Set.of("elif", "else", "endif"), "endif");
        if (cursor.skipName("elif")) {
            int line = cursor.current().line();
            cursor.enter();
            Statement next = condition();
            cursor.leave();
            return new Statement.If(condition, then, new Block(List.of(next), List.of(line)));
        }
        return new Statement.If(condition, then, otherwise("endif"));
    }

    private Block otherwise(String end) {
        Block otherwise = NOTHING;
        if (cursor.skipName("else")) {
            endTag();
            otherwise = block(Set.of(end), end);
        }
        cursor.expectName(end);
        return otherwise;
    }

    private Statement loop() {
        List<String> targets = targets();
        cursor.expectName("in");
        Expression elements = expressions.withoutCondition();
        Optional<Expression> condition =
                cursor.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
        if (cursor.current().isName("recursive")) {
            throw new TemplateException("recursive loops are not supported");
        }
        endTag();
        loops++;
        Block body = block(Set.of("else", "endfor"), "endfor");
        loops--;
        return new Statement.For(targets, elements, condition, body, otherwise("endfor"));
    }

    private List<String> targets() {
        boolean bracket = cursor.skipOperator("(");
        List<String> targets = new ArrayList<>();
        do {
            targets.add(target());
        } while (cursor.skipOperator(",") && cursor.current().is(Kind.NAME));
        if (bracket) {
            cursor.expectOperator(")");
        }
        return List.copyOf(targets);
    }

    private String target() {
        String name = cursor.name();
        return cursor.skipOperator(".") ? name + "." + cursor.name() : name;
    }

    private Statement set() {
        List<String> targets = targets();
        if (cursor.skipOperator("=")) {
            return new Statement.Set(targets, expressions.tuple());
        }
        if (targets.size() != 1) {
            throw cursor.unexpected("\"=\"");
        }
        List<Expression.Filter> filters = filters(cursor.skipOperator("|"));
        return new Statement.Capture(Optional.of(targets.get(0)), filters, body("set"));
    }

    private List<Expression.Filter> filters(boolean any) {
        List<Expression.Filter> filters = new ArrayList<>();
        boolean more = any;
        while (more) {
            filters.add(expressions.filter(new Expression.Literal(Constant.NONE)));
            more = cursor.skipOperator("|");
        }
        return List.copyOf(filters);
    }

    private Statement filter() {
        return new Statement.Capture(Optional.empty(), filters(true), body("filter"));
    }

    private Statement.Macro macro() {
        String name = cursor.name();
        return procedure(name, "macro");
    }

    private Statement.Macro procedure(String name, String tag) {
        List<String> parameters = new ArrayList<>();
        Map<String, Expression> defaults = new LinkedHashMap<>();
        if (cursor.skipOperator("(")) {
            while (!cursor.skipOperator(")")) {
                if (!parameters.isEmpty()) {
                    cursor.expectOperator(",");
                }
                String parameter = cursor.name();
                parameters.add(parameter);
                if (cursor.skipOperator("=")) {
                    defaults.put(parameter, expressions.expression());
                }
            }
        }
        if (tag.equals("call")) {
            return new Statement.Macro(name, parameters, defaults, NOTHING);
        }
        int around = loops;
        loops = 0;
        Block body = body(tag);
        loops = around;
        return new Statement.Macro(name, List.copyOf(parameters), defaults, body);
    }

    private Statement call() {
        Statement.Macro head = procedure("caller", "call");
        if (!(expressions.expression() instanceof Expression.Call called)) {
            throw new TemplateException("call needs a call of a macro");
        }
        return new Statement.CallBlock(
                called, new Statement.Macro("caller", head.parameters(), head.defaults(), body("call")));
    }

    private Statement jump(String tag, Statement.Flow flow) {
        if (loops == 0) {
            throw new TemplateException(tag + " is outside a loop");
        }
        return new Statement.Jump(flow);
    }
}
