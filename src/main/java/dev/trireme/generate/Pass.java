package dev.trireme.generate;

import dev.trireme.batching.Iteration;
import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Choices;
import dev.trireme.engine.TokenRows;
import dev.trireme.model.ModelConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * An iteration on its way through the stages, and what comes of it.
 *
 * <pre>
 *   spans of the iteration ──▶ TokenRows              every stage
 *   rules of each span     ──▶ Choices, logits        the last stage, in blocks of rows
 * </pre>
 */
final class Pass {
    private static final int ROWS = 64; // whose logits are computed at once
    private static final long MOST_FLOATS = 1 << 24; // 64 MB

    /** Rows of a span, one after the other. */
    private record Part(int firstRow, int rows) {}

    final int number;
    final Iteration iteration;
    private final int vocabulary;
    private final int width; // of a hidden state
    private final int atOnce; // rows
    private final TokenRows rows;
    private final List<Part> parts = new ArrayList<>();
    private final List<ChoiceRule> rules = new ArrayList<>();
    private final List<Integer> tokens = new ArrayList<>();
    private final List<Boolean> wantsLogits = new ArrayList<>();
    private final int[] copiesFrom;
    private final int[] copiesTo;

    private final List<Choices> choices = new ArrayList<>();
    private final List<float[]> logits = new ArrayList<>(); // of each row; empty where they are not wanted
    private final List<Part> hiddenParts = new ArrayList<>();
    private final List<Integer> hiddenTokens = new ArrayList<>();
    private final List<float[]> hidden = new ArrayList<>(); // of each hidden token

    /** @param number that no other pass on its way has */
    Pass(int number, Iteration iteration, ModelConfig model) {
        this.number = number;
        this.vocabulary = model.vocabulary();
        this.width = model.hidden();
        this.atOnce = (int) Math.max(1, Math.min(ROWS, MOST_FLOATS / vocabulary));
        this.iteration = iteration;
        this.rows = rowsOf(iteration);
        copiesFrom = iteration.copies().stream().mapToInt(Iteration.Copy::from).toArray();
        copiesTo = iteration.copies().stream().mapToInt(Iteration.Copy::to).toArray();
    }

    private static TokenRows rowsOf(Iteration iteration) {
        int count = iteration.spans().size();
        int[] firsts = new int[count];
        int[] counts = new int[count];
        int[][] tables = new int[count][];
        int[] ids = new int[iteration.tokens()];
        int[] adapters = new int[count];
        int blocks = 0;
        int begin = 0;
        for (int i = 0; i < count; i++) {
            Iteration.Span span = iteration.spans().get(i);
            firsts[i] = span.first();
            counts[i] = span.count();
            adapters[i] = span.job().adapter();
            int end = span.first() + span.count();
            tables[i] = span.branch().table(end);
            blocks += tables[i].length;
            span.branch().copyIds(span.first(), end, ids, begin);
            begin += span.count();
        }
        int[] all = new int[blocks];
        int next = 0;
        for (int[] table : tables) {
            System.arraycopy(table, 0, all, next, table.length);
            next += table.length;
        }
        return new TokenRows(firsts, counts, all, ids, adapters);
    }

    /**
     * Adds what is asked of the next span, to be called for all spans in order.
     *
     * @param asked rules, and the token of the span, from 0, that each is for
     */
    void ask(List<Course.Question> asked, int spanBegin) {
        parts.add(new Part(rules.size(), asked.size()));
        for (Course.Question question : asked) {
            rules.add(question.rule());
            tokens.add(spanBegin + question.token());
            wantsLogits.add(question.logits());
        }
    }

    /**
     * Adds that hidden states are asked of the next span, to be called for all spans in order.
     *
     * @param count of its tokens, from the first
     */
    void askHidden(int count, int spanBegin) {
        hiddenParts.add(new Part(hiddenTokens.size(), count));
        for (int i = 0; i < count; i++) {
            hiddenTokens.add(spanBegin + i);
        }
    }

    /** On the thread of a stage. */
    void run(ModelCopy model, int stage) {
        if (copiesFrom.length > 0) {
            model.copy(stage, copiesFrom, copiesTo);
        }
        model.extend(stage, number, rows);
        if (stage == model.stages() - 1) {
            choose(model);
            readHidden(model);
        }
    }

    private void choose(ModelCopy model) {
        for (int begin = 0; begin < rules.size(); begin += atOnce) {
            int end = Math.min(begin + atOnce, rules.size());
            int[] some = tokens.subList(begin, end).stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            choices.add(model.choose(number, some, List.copyOf(rules.subList(begin, end))));
            if (wantsLogits.subList(begin, end).contains(true)) {
                readLogits(model, some);
            } else {
                logits.addAll(Collections.nCopies(end - begin, new float[0]));
            }
        }
    }

    private void readLogits(ModelCopy model, int[] some) {
        FloatBuffer all = buffer(some.length * vocabulary);
        model.logits(number, some, all);
        addRows(all, some.length, vocabulary, logits);
    }

    private void readHidden(ModelCopy model) {
        for (int begin = 0; begin < hiddenTokens.size(); begin += atOnce) {
            int[] some = hiddenTokens.subList(begin, Math.min(begin + atOnce, hiddenTokens.size())).stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            FloatBuffer all = buffer(some.length * width);
            model.hiddenStates(number, some, all);
            addRows(all, some.length, width, hidden);
        }
    }

    private static FloatBuffer buffer(int floats) {
        return ByteBuffer.allocateDirect(floats * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    private static void addRows(FloatBuffer all, int rows, int width, List<float[]> to) {
        for (int row = 0; row < rows; row++) {
            float[] one = new float[width];
            all.get(row * width, one);
            to.add(one);
        }
    }

    /** What came of a span, in the order of its questions. */
    Course.Outcome outcome(int span) {
        Part of = hiddenParts.get(span);
        return new Course.Outcome(replies(span), hidden.subList(of.firstRow, of.firstRow + of.rows));
    }

    private List<Course.Reply> replies(int span) {
        Part part = parts.get(span);
        List<Course.Reply> replies = new ArrayList<>();
        for (int row = part.firstRow; row < part.firstRow + part.rows; row++) {
            replies.add(new Course.Reply(choices.get(row / atOnce), row % atOnce, logits.get(row)));
        }
        return replies;
    }

    @Override
    public String toString() {
        return "pass " + number + " of " + Arrays.toString(rows.counts()) + " tokens";
    }
}
