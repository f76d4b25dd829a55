package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.bindings.global.core;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.List;

/** Chosen tokens, one for each of some rules. Results have the same bits on every machine. */
public final class Choices {
    static {
        NativeLibrary.load();
    }

    private static final int LENGTHS = (int) core.kChoiceLengths();
    private static final int VALUES = (int) core.kChoiceValues();

    private final int[] ids;
    private final double[] values;
    private final int[] bestIds;
    private final int[] bestBefore; // of each row, how many best tokens the rows before it have

    /** Calls C++ with the rules in its form. */
    @FunctionalInterface
    interface Call {
        void choose(Rules rules, IntBuffer ids, DoubleBuffer values, IntBuffer bestIds);
    }

    /** Rules in the form of {@code choice.h}. */
    record Rules(DoubleBuffer numbers, LongBuffer draws, IntBuffer lists, FloatBuffer biases, LongBuffer masks) {}

    private Choices(List<ChoiceRule> rules) {
        ids = new int[rules.size()];
        bestBefore = new int[rules.size() + 1];
        for (int i = 0; i < ids.length; i++) {
            bestBefore[i + 1] = bestBefore[i] + rules.get(i).best();
        }
        values = new double[VALUES * ids.length + bestBefore[ids.length]];
        bestIds = new int[Math.max(1, bestBefore[ids.length])];
    }

    /** @throws IllegalArgumentException when a rule names an id that is not in the vocabulary */
    static Choices of(List<ChoiceRule> rules, int vocabulary, Call call) {
        rules.forEach(rule -> rule.requireKnown(vocabulary));
        Choices choices = new Choices(rules);
        call.choose(
                encoded(rules),
                IntBuffer.wrap(choices.ids),
                DoubleBuffer.wrap(choices.values),
                IntBuffer.wrap(choices.bestIds));
        return choices;
    }

    /**
     * Chooses from logits in host memory.
     *
     * @param logits (rows, vocabulary), direct and in native order
     * @param vocabulary columns
     * @param rules one for each row
     * @return the chosen tokens
     * @throws IllegalArgumentException when the buffer holds other logits, or a rule names an id that is not in the
     *     vocabulary
     */
    public static Choices of(FloatBuffer logits, int vocabulary, List<ChoiceRule> rules) {
        NullChecks.require("logits", logits, "rules", rules);
        HostMemory.requireFloats(logits, (long) vocabulary * rules.size());
        FloatBuffer all = logits.duplicate().clear();
        return of(
                rules,
                vocabulary,
                (encoded, ids, values, bestIds) -> core.choose_rows(
                        all,
                        rules.size(),
                        vocabulary,
                        encoded.numbers,
                        encoded.draws,
                        encoded.lists,
                        encoded.biases,
                        encoded.masks,
                        ids,
                        values,
                        bestIds));
    }

    /**
     * The probabilities by which a token is drawn.
     *
     * @param logits (vocabulary), direct and in native order
     * @param rule that is not greedy
     * @return (vocabulary)
     * @throws IllegalArgumentException as {@link #of(FloatBuffer, int, List)}
     */
    public static double[] probabilities(FloatBuffer logits, ChoiceRule rule) {
        NullChecks.require("logits", logits, "rule", rule);
        HostMemory.requireFloats(logits, Math.max(1, logits.capacity()));
        rule.requireKnown(logits.capacity());
        double[] probabilities = new double[logits.capacity()];
        Rules encoded = encoded(List.of(rule));
        core.choice_probabilities(
                logits.duplicate().clear(),
                logits.capacity(),
                encoded.numbers,
                encoded.lists,
                encoded.biases,
                encoded.masks,
                DoubleBuffer.wrap(probabilities));
        return probabilities;
    }

    private static Rules encoded(List<ChoiceRule> rules) {
        DoubleBuffer numbers = DoubleBuffer.allocate(ChoiceRule.NUMBERS * rules.size());
        LongBuffer draws = LongBuffer.allocate(2 * rules.size());
        int lists = LENGTHS * rules.size();
        int biases = 0;
        int masks = 0;
        for (ChoiceRule rule : rules) {
            lists += rule.text().length + rule.biasedIds().length;
            biases += rule.biases().length;
            masks += rule.mask().length;
        }
        IntBuffer ids = IntBuffer.allocate(lists);
        FloatBuffer added = FloatBuffer.allocate(Math.max(1, biases));
        LongBuffer words = LongBuffer.allocate(Math.max(1, masks));
        for (ChoiceRule rule : rules) {
            numbers.put(rule.numbers());
            draws.put(rule.key()).put(rule.draw());
            ids.put(rule.given()).put(rule.text().length).put(rule.generated()).put(rule.biasedIds().length);
            ids.put(rule.mask().length > 0 ? 1 : 0)
                    .put(rule.probabilities() ? 1 : 0)
                    .put(rule.best());
            ids.put(rule.text()).put(rule.biasedIds());
            added.put(rule.biases());
            words.put(rule.mask());
        }
        return new Rules(numbers.flip(), draws.flip(), ids.flip(), added.clear(), words.clear());
    }

    /**
     * The chosen token of a row.
     *
     * @param row index of its rule
     * @return its id
     * @throws EngineException when the row's logits are not finite
     */
    public int id(int row) {
        if (ids[row] < 0) {
            throw new EngineException(
                    EngineException.Kind.NOT_FINITE, "the model's logits are not finite; its weights are broken");
        }
        return ids[row];
    }

    /**
     * The log-probability of the chosen token, before all steps of the rule.
     *
     * @param row index of its rule, which asked for it
     * @return in nats, computed in float64
     */
    public double logProbability(int row) {
        return values[begin(row)] - logSumExp(row);
    }

    private double logSumExp(int row) {
        return values[begin(row) + 1] + Math.log(values[begin(row) + 2]);
    }

    /**
     * One of the most probable tokens of a row.
     *
     * @param row index of its rule, which asked for as many
     * @param rank from 0
     * @return its id; -1 if there are fewer tokens
     */
    public int bestId(int row, int rank) {
        return bestIds[bestBefore[row] + rank];
    }

    /**
     * Its log-probability, before all steps of the rule.
     *
     * @param row index of its rule, which asked for both
     * @param rank from 0
     * @return in nats, computed in float64
     */
    public double bestLogProbability(int row, int rank) {
        return values[begin(row) + VALUES + rank] - logSumExp(row);
    }

    private int begin(int row) {
        return VALUES * row + bestBefore[row];
    }
}
