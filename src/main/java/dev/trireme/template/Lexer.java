package dev.trireme.template;

import dev.trireme.template.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens, with the white space rules of trim_blocks (a line end after a block or comment is
 * dropped) and lstrip_blocks (blanks before a block or comment that begins a line are dropped).
 */
final class Lexer {
    private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_]*");
    private static final Pattern REAL = Pattern.compile(
            "[0-9](?:_?[0-9])*(?:\\.[0-9](?:_?[0-9])*(?:[eE][+-]?[0-9](?:_?[0-9])*)?|[eE][+-]?[0-9](?:_?[0-9])*)");
    private static final Pattern INTEGER =
            Pattern.compile("0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[0-9](?:_?[0-9])*");
    private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-?)%\\}");
    private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ",", ":", "|", "(",
            ")", "[", "]", "{", "}", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private boolean startsLine = true; // whether what comes next begins a line

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String name, String source) {
        String unix = source.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix);
        try {
            lexer.run();
        } catch (TemplateException e) {
            throw e.at(name, lexer.line);
        }
        return List.copyOf(lexer.tokens);
    }

    private void run() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                text(at, source.length());
                at = source.length();
                break;
            }
            text(at, keptEnd(tag));
            advance(tag);
            if (source.startsWith("{#", at)) {
                comment();
            } else if (source.startsWith("{{", at)) {
                expression(Kind.PRINT_BEGIN, "}}");
            } else if (!raw()) {
                expression(Kind.BLOCK_BEGIN, "%}");
            }
        }
        tokens.add(new Token(Kind.END, "", line));
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /** Where the text before a tag ends, after the tag's rule for white space. */
    private int keptEnd(int tag) {
        char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
        if (sign == '-') {
            int end = tag;
            while (end > at && Whitespace.isSpace(source.charAt(end - 1))) {
                end--;
            }
            return end;
        }
        if (sign == '+' || source.startsWith("{{", tag)) {
            return tag;
        }
        int begin = tag;
        while (begin > at && source.charAt(begin - 1) != '\n' && Whitespace.isSpace(source.charAt(begin - 1))) {
            begin--;
        }
        boolean beginsLine = begin > at ? source.charAt(begin - 1) == '\n' : startsLine;
        return beginsLine ? begin : tag;
    }

    private void text(int begin, int end) {
        if (end > begin) {
            tokens.add(new Token(Kind.TEXT, source.substring(begin, end), line));
        }
    }

    /** Moves on and counts lines. */
    private void advance(int to) {
        for (int i = at; i < to; i++) {
            line += source.charAt(i) == '\n' ? 1 : 0;
        }
        at = to;
    }

    private void comment() {
        int end = source.indexOf("#}", at + 2);
        if (end < 0) {
            throw new TemplateException("a comment has no end; add #}");
        }
        char sign = end > at + 2 ? source.charAt(end - 1) : ' ';
        advance(end + 2);
        afterTag(sign, true);
    }

    /** White space after a tag: all of it after a minus, a line end after blocks and comments unless there is a plus. */
    private void afterTag(char sign, boolean trimsLineEnd) {
        int begin = at;
        if (sign == '-') {
            int end = at;
            while (end < source.length() && Whitespace.isSpace(source.charAt(end))) {
                end++;
            }
            advance(end);
        } else if (trimsLineEnd && sign != '+' && source.startsWith("\n", at)) {
            advance(at + 1);
        }
        startsLine = at > begin && source.charAt(at - 1) == '\n';
    }

    private boolean raw() {
        Matcher begin = RAW.matcher(source).region(at, source.length());
        if (!begin.lookingAt()) {
            return false;
        }
        advance(begin.end());
        afterTag(begin.group(1).isEmpty() ? ' ' : '-', true);
        Matcher end = END_RAW.matcher(source);
        if (!end.find(at)) {
            throw new TemplateException("raw has no end; add {% endraw %}");
        }
        text(at, keptEnd(end.start()));
        advance(end.end());
        afterTag(end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0), true);
        return true;
    }

    private void expression(Kind begin, String end) {
        tokens.add(new Token(begin, "", line));
        advance(at + 2);
        if (at < source.length() && "-+".indexOf(source.charAt(at)) >= 0) {
            at++;
        }
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            while (at < source.length() && Whitespace.isSpace(source.charAt(at))) {
                advance(at + 1);
            }
            if (at >= source.length()) {
                throw new TemplateException("a tag has no end; add " + end);
            }
            if (open.isEmpty() && closes(end)) {
                return;
            }
            token(open);
        }
    }

    private boolean closes(String end) {
        char sign = source.charAt(at);
        boolean block = end.equals("%}");
        boolean signed = (sign == '-' || (sign == '+' && block)) && source.startsWith(end, at + 1);
        if (!signed && !source.startsWith(end, at)) {
            return false;
        }
        tokens.add(new Token(block ? Kind.BLOCK_END : Kind.PRINT_END, "", line));
        advance(at + (signed ? 1 : 0) + end.length());
        afterTag(signed ? sign : ' ', block);
        return true;
    }

    private void token(Deque<Character> open) {
        char first = source.charAt(at);
        if (first == '"' || first == '\'') {
            string(first);
        } else if (!matched(REAL, Kind.REAL) && !matched(INTEGER, Kind.INTEGER) && !matched(NAME, Kind.NAME)) {
            String operator = OPERATORS.stream()
                    .filter(each -> source.startsWith(each, at))
                    .findFirst()
                    .orElseThrow(() -> new TemplateException("the character "
                            + Repr.of(MarkedText.ofTemplate(source.substring(at, source.offsetByCodePoints(at, 1))))
                            + " does not belong here"));
            nest(operator.charAt(0), open);
            tokens.add(new Token(Kind.OPERATOR, operator, line));
            at += operator.length();
        }
    }

    private static void nest(char bracket, Deque<Character> open) {
        int opening = "([{".indexOf(bracket);
        if (opening >= 0) {
            open.push(")]}".charAt(opening));
        } else if (")]}".indexOf(bracket) >= 0 && (open.isEmpty() || open.pop() != bracket)) {
            throw new TemplateException("there is a " + bracket + " that closes nothing");
        }
    }

    private boolean matched(Pattern pattern, Kind kind) {
        Matcher matcher = pattern.matcher(source).region(at, source.length());
        if (!matcher.lookingAt()) {
            return false;
        }
        boolean number = kind != Kind.NAME;
        boolean afterDot = !tokens.isEmpty() && tokens.get(tokens.size() - 1).isOperator(".");
        if (kind == Kind.REAL && afterDot) { // x.0.1 are two indices
            return false;
        }
        tokens.add(new Token(kind, number ? matcher.group().replace("_", "") : matcher.group(), line));
        at = matcher.end();
        return true;
    }

    private void string(char quote) {
        int begin = line;
        StringBuilder text = new StringBuilder();
        int i = at + 1;
        while (i < source.length() && source.charAt(i) != quote) {
            if (source.charAt(i) == '\\') {
                i = Escapes.read(source, i, text);
            } else {
                text.append(source.charAt(i++));
            }
        }
        if (i >= source.length()) {
            throw new TemplateException("a string has no end; add " + quote);
        }
        advance(i + 1);
        tokens.add(new Token(Kind.STRING, text.toString(), begin));
    }
}
