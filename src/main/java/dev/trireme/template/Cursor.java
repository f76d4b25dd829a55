package dev.trireme.template;

import dev.trireme.template.Token.Kind;
import java.util.List;

/** The place of a parser in the tokens. */
final class Cursor {
    private static final int DEEPEST = 100;

    private final List<Token> tokens;
    private int at;
    private int depth;

    Cursor(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token following() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = current();
        if (!token.is(Kind.END)) {
            at++;
        }
        return token;
    }

    boolean skipOperator(String operator) {
        boolean found = current().isOperator(operator);
        at += found ? 1 : 0;
        return found;
    }

    boolean skipName(String name) {
        boolean found = current().isName(name);
        at += found ? 1 : 0;
        return found;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("\"" + operator + "\"");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("\"" + name + "\"");
        }
    }

    String name() {
        if (!current().is(Kind.NAME)) {
            throw unexpected("a name");
        }
        return next().text();
    }

    void expect(Kind kind, String described) {
        if (!current().is(kind)) {
            throw unexpected(described);
        }
        next();
    }

    TemplateException unexpected(String expected) {
        return new TemplateException("there is " + current().described() + " where " + expected + " should be");
    }

    void enter() {
        if (++depth > DEEPEST) {
            throw new TemplateException("nests more than " + DEEPEST + " deep");
        }
    }

    void leave() {
        depth--;
    }
}
