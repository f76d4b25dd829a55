package dev.trireme.data.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Proves that a regular expression of a tokenizer takes linear time on every text, or says why not. The tokenizer
 * library searches with a backtracking engine (Oniguruma) which cannot be interrupted: a bad pattern runs for hours, or
 * exceeds the engine's retry limit, which ends the whole process. So a pattern is run only once this proof is made:
 *
 * <pre>
 *   An alternative     bounded … bounded  unbounded  optional … optional
 *                      \________________/ \____________________________/
 *   may fail here, in bounded time       cannot fail: all that was read is matched, and never read again
 * </pre>
 *
 * <p>Alternatives outside that form are linear only together with those that follow:
 *
 * <ul>
 *   <li>one of {@link #WHITE_SPACE_TAILS} may read a run of white space in vain if a later {@code \s+} matches the run;
 *   <li>{@code PX*Y+T} may read a run of X in vain if {@code PX+Y*T} comes next and matches it (GPT-4o's words).
 * </ul>
 *
 * <p>Whatever else the engine knows (back-references, calls, unbounded quantifiers in groups …) is refused.
 */
final class TokenizerPattern {
    /**
     * An equivalent of {@code \s+$} in linear time. {@code \s+$} tries a run of white space from each of its
     * characters; if it fails from the first, it fails from the others, so this tries only the first.
     */
    static final String TRAILING_SPACE = "(?<!\\s)\\s+$";

    private static final Set<String> WHITE_SPACE_TAILS =
            Set.of("\\s*[\\r\\n]+", "\\s*[\\r\\n]", "\\s+$", "\\s++$", "\\s+(?!\\S)");
    private static final Pattern REPEAT =
            Pattern.compile("[?*+][?+]?|\\{(\\d{1,6})(,?)(\\d{0,6})}\\+?|\\{,(\\d{1,6})}");
    private static final Pattern ESCAPE = Pattern.compile(
            "\\\\(?:(?<anchor>[bBAzZ])|[sSwWdDhHnrtfvea]|[pP]\\{[^{}]*}|x[0-9A-Fa-f]{2}|x\\{[0-9A-Fa-f]+}"
                    + "|u[0-9A-Fa-f]{4}|[^A-Za-z0-9])");
    private static final int MAX_STEPS = 1000;
    private static final int MAX_DEPTH = 16;

    private final String pattern;
    private int position;

    /** The cost of a pattern at one position of the text; {@code choices} is the number of ways through it. */
    private record Work(double choices, double length) {
        static final Work ONE = new Work(1, 1);
        static final Work NONE = new Work(1, 0);

        Work then(Work next) {
            return new Work(choices * next.choices, length + next.length);
        }

        double steps() {
            return choices * (length + 1);
        }
    }

    /** An atom and how often it is there; {@code repeat} is empty for once. */
    private record Item(
            String atom, String repeat, Work work, boolean optional, boolean unbounded, boolean canBeEmpty) {}

    private record Alternative(String text, List<Item> items, Work work) {
        boolean mayFailAfterUnbounded() {
            boolean unbounded = false;
            for (Item item : items) {
                if (unbounded && !item.optional) {
                    return true;
                }
                unbounded |= item.unbounded;
            }
            return false;
        }

        boolean canBeEmpty() {
            return items.stream().allMatch(Item::canBeEmpty);
        }
    }

    private static final class Unproved extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unproved(String message) {
            super(message, null, false, false);
        }
    }

    /** A file may hold the line ends themselves; {@link #WHITE_SPACE_TAILS} spells them. */
    private TokenizerPattern(String pattern) {
        this.pattern = pattern.replaceAll("(?<!\\\\)\r", "\\\\r").replaceAll("(?<!\\\\)\n", "\\\\n");
    }

    /** The reason why {@code pattern} is not proven to take linear time; empty if it is. */
    static Optional<String> problem(String pattern) {
        try {
            TokenizerPattern parser = new TokenizerPattern(pattern);
            parser.prove(parser.alternatives(0));
            return Optional.empty();
        } catch (Unproved e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Whether {@code pattern}, of which {@link #problem} knows none, may match without taking a character. */
    static boolean canBeEmpty(String pattern) {
        return new TokenizerPattern(pattern).alternatives(0).stream().anyMatch(Alternative::canBeEmpty);
    }

    private void prove(List<Alternative> alternatives) {
        requireFewSteps(alternatives);
        for (int i = 0; i < alternatives.size(); i++) {
            Alternative one = alternatives.get(i);
            boolean linear = !one.mayFailAfterUnbounded()
                    || one.text.equals(TRAILING_SPACE)
                    || isWordPair(alternatives, i)
                    || isBeforeWhiteSpace(alternatives, i);
            require(linear, "what follows an unbounded quantifier in \"" + one.text + "\" may fail");
        }
    }

    private static boolean isBeforeWhiteSpace(List<Alternative> alternatives, int index) {
        String previous = alternatives.get(index).text;
        if (!WHITE_SPACE_TAILS.contains(previous)) {
            return false;
        }
        for (Alternative next : alternatives.subList(index + 1, alternatives.size())) {
            boolean takesTheRun = next.text.equals("\\s+")
                    // All of a run but its last character was tried just before.
                    || (next.text.equals("\\s") && previous.equals("\\s+(?!\\S)"));
            if (takesTheRun || !WHITE_SPACE_TAILS.contains(next.text)) {
                return takesTheRun;
            }
            previous = next.text;
        }
        return false;
    }

    private static boolean isWordPair(List<Alternative> alternatives, int index) {
        if (index + 1 == alternatives.size()) {
            return false;
        }
        List<Item> first = alternatives.get(index).items;
        List<Item> second = alternatives.get(index + 1).items;
        int x = 0;
        while (x < first.size() && !first.get(x).unbounded) {
            x++;
        }
        // A prefix with more ways through it would read the run more often than the engine allows.
        if (x > 1 || first.size() < x + 2 || second.size() != first.size()) {
            return false;
        }
        boolean same = true;
        for (int i = 0; i < first.size(); i++) {
            boolean inPair = i == x || i == x + 1;
            same &= first.get(i).atom.equals(second.get(i).atom)
                    && (inPair || first.get(i).repeat.equals(second.get(i).repeat));
        }
        boolean tailIsOptional = first.subList(x + 2, first.size()).stream().allMatch(Item::optional);
        String repeats =
                first.get(x).repeat + first.get(x + 1).repeat + second.get(x).repeat + second.get(x + 1).repeat;
        boolean characters =
                !first.get(x).atom.startsWith("(") && !first.get(x + 1).atom.startsWith("(");
        return same && characters && tailIsOptional && repeats.equals("*++*") && first.get(0).work.choices <= 2;
    }

    private List<Alternative> alternatives(int depth) {
        require(depth <= MAX_DEPTH, "groups are nested more than " + MAX_DEPTH + " deep");
        List<Alternative> alternatives = new ArrayList<>();
        do {
            int start = position;
            List<Item> items = new ArrayList<>();
            Work work = Work.NONE;
            while (position < pattern.length() && !at("|") && !at(")")) {
                Item item = item(depth);
                items.add(item);
                work = work.then(item.work);
            }
            alternatives.add(new Alternative(pattern.substring(start, position), items, work));
        } while (take("|"));
        require(depth > 0 || position == pattern.length(), "a \")\" closes no group");
        return alternatives;
    }

    private Item item(int depth) {
        int start = position;
        boolean anchor = at("^") || at("$");
        boolean look = false;
        List<Alternative> group = List.of();
        if (at("(")) {
            look = at("(?=") || at("(?!") || at("(?<=") || at("(?<!");
            group = group(depth);
        } else if (at("[")) {
            skipClass();
        } else if (at("\\")) {
            anchor = isAnchor();
        } else {
            require(!at("*") && !at("+") && !at("?") && !at("{"), "a quantifier has nothing to repeat");
            position += Character.charCount(pattern.codePointAt(position));
        }
        String atom = pattern.substring(start, position);
        Work work = Work.ONE;
        boolean canBeEmpty = look || anchor;
        if (look) {
            work = new Work(
                    1, group.stream().mapToDouble(one -> one.work.steps()).sum());
        } else if (anchor) {
            work = Work.NONE;
        } else if (!group.isEmpty()) {
            work = new Work(
                    group.stream().mapToDouble(one -> one.work.choices).sum(),
                    group.stream().mapToDouble(one -> one.work.length).max().orElse(0));
            canBeEmpty = group.stream().anyMatch(Alternative::canBeEmpty);
        }
        return repeated(atom, work, canBeEmpty, look || anchor);
    }

    private Item repeated(String atom, Work work, boolean canBeEmpty, boolean zeroWidth) {
        Matcher matcher = REPEAT.matcher(pattern).region(position, pattern.length());
        if (!matcher.lookingAt()) {
            require(!at("{"), "\"{\" after \"" + atom + "\" begins no quantifier");
            return new Item(atom, "", work, false, false, canBeEmpty || work.length == 0);
        }
        position = matcher.end();
        String repeat = matcher.group();
        require(!at("*") && !at("+") && !at("?") && !at("{"), "\"" + repeat + "\" is itself repeated");
        require(!zeroWidth, "\"" + atom + "\" is repeated");
        int least = repeat.startsWith("+") ? 1 : 0;
        double most = repeat.startsWith("?") ? 1 : Double.POSITIVE_INFINITY;
        if (matcher.group(4) != null) {
            most = Integer.parseInt(matcher.group(4));
        } else if (matcher.group(1) != null) {
            least = Integer.parseInt(matcher.group(1));
            boolean exact = matcher.group(2).isEmpty();
            require(!exact || matcher.group(3).isEmpty(), "\"" + repeat + "\" is no quantifier");
            most = exact ? least : matcher.group(3).isEmpty() ? most : Integer.parseInt(matcher.group(3));
            require(least <= most, "\"" + repeat + "\" is no quantifier");
        }
        boolean again = repeat.endsWith("}+"); // to the engine, {1,3}+ is {1,3} in a group, and the group repeated
        boolean unbounded = Double.isInfinite(most) || again;
        require(!unbounded || !(canBeEmpty || (again && least == 0)), "\"" + atom + "\" may be empty, but is repeated");
        double times = Double.isInfinite(most) ? Math.max(least, 1) : most;
        double ways = Math.pow(work.choices, times) * (times - least + 1);
        return new Item(
                atom, repeat, new Work(ways, work.length * times), least == 0, unbounded, least == 0 || canBeEmpty);
    }

    private List<Alternative> group(int depth) {
        boolean known = take("(?:") || take("(?i:") || take("(?=") || take("(?!") || take("(?<=") || take("(?<!");
        if (!known) {
            position++;
            require(!at("?") && !at("*"), "a group begins with \"" + excerpt(position - 1) + "\"");
        }
        List<Alternative> group = alternatives(depth + 1);
        require(take(")"), "a group is not closed");
        boolean bounded = group.stream().allMatch(one -> one.items.stream().noneMatch(Item::unbounded));
        require(bounded, "a group has an unbounded quantifier in it");
        requireFewSteps(group);
        return group;
    }

    /** A class in brackets; others may be nested in it. */
    private void skipClass() {
        int depth = 0;
        do {
            require(position < pattern.length(), "a \"[\" is not closed");
            if (take("[")) {
                depth++;
                take("^");
                require(!at("]"), "a class begins with \"]\", which should have a backslash");
            } else if (take("]")) {
                depth--;
            } else if (at("\\")) {
                require(
                        !isAnchor() || pattern.charAt(position - 1) == 'b',
                        "a class has \"" + excerpt(position - 2) + "\"");
            } else {
                position++;
            }
        } while (depth > 0);
    }

    private boolean isAnchor() {
        Matcher matcher = ESCAPE.matcher(pattern).region(position, pattern.length());
        require(matcher.lookingAt(), "\"" + excerpt(position) + "\" is a back-reference or an escape not allowed here");
        position = matcher.end();
        return matcher.group("anchor") != null;
    }

    private void requireFewSteps(List<Alternative> alternatives) {
        double steps =
                alternatives.stream().mapToDouble(one -> one.work.steps()).sum();
        require(steps <= MAX_STEPS, "one place of a text may take more than " + MAX_STEPS + " steps");
    }

    private String excerpt(int start) {
        return pattern.substring(start, Math.min(start + 4, pattern.length()));
    }

    private boolean at(String text) {
        return pattern.startsWith(text, position);
    }

    private boolean take(String text) {
        boolean found = at(text);
        position += found ? text.length() : 0;
        return found;
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new Unproved(problem);
        }
    }
}
