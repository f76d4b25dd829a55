package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.bindings.global.core;

/**
 * How the next token of a sequence is chosen from its logits, as {@code choice.h} tells the steps.
 *
 * @param numbers temperature (0: greedy), top-k (0: all), top-p (1: all), min-p (0: all), and the penalties: of repetition
 *     (1: none), presence and frequency (0: none)
 * @param key of the sequence's random numbers
 * @param draw number of the draw, from 0
 * @param given an id that is chosen already, of which only the probability is asked for; -1 for none
 * @param text ids that penalties count
 * @param generated index of the first of them that was generated
 * @param biasedIds ids whose logits are changed
 * @param biases what is added to each
 * @param mask bit i % 64 of word i / 64 allows id i; empty for no mask
 * @param probabilities whether log-probabilities are asked for
 * @param best how many of the most probable tokens are asked for
 */
@SuppressWarnings("ArrayRecordComponent") // as C++ takes them
public record ChoiceRule(
        double[] numbers,
        long key,
        long draw,
        int given,
        int[] text,
        int generated,
        int[] biasedIds,
        float[] biases,
        long[] mask,
        boolean probabilities,
        int best) {
    static {
        NativeLibrary.load();
    }

    static final int NUMBERS = (int) core.kChoiceNumbers();
    private static final double[] GREEDY_NUMBERS = {0, 0, 1, 0, 1, 0, 0};

    /** The token with the largest logit, of equal ones the first. */
    public static final ChoiceRule GREEDY =
            new ChoiceRule(GREEDY_NUMBERS, 0, 0, -1, new int[0], 0, new int[0], new float[0], new long[0], false, 0);

    /**
     * Checks what does not depend on the vocabulary.
     *
     * @throws IllegalArgumentException naming what does not fit
     */
    public ChoiceRule {
        NullChecks.require("numbers", numbers, "text", text, "biasedIds", biasedIds, "biases", biases, "mask", mask);
        require(numbers.length == NUMBERS, "numbers", numbers.length, NUMBERS + " of them");
        require(numbers[0] >= 0, "temperature", numbers[0], "0 or more");
        require(numbers[2] > 0, "top-p", numbers[2], "more than 0");
        require(generated >= 0 && generated <= text.length, "generated", generated, "0 to " + text.length);
        require(biases.length == biasedIds.length, "biases", biases.length, "as many as biased ids");
        require(best >= 0, "best", best, "0 or more");
    }

    private static void require(boolean holds, String name, Object value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + allowed);
        }
    }

    /**
     * The probability of a token that is chosen already, beside the most probable ones.
     *
     * @param id of the token
     * @param best how many of these
     * @return the rule
     */
    public static ChoiceRule given(int id, int best) {
        return new ChoiceRule(
                GREEDY_NUMBERS, 0, 0, id, new int[0], 0, new int[0], new float[0], new long[0], true, best);
    }

    /**
     * The most probable tokens.
     *
     * @param best how many
     * @return the rule, greedy besides
     */
    public static ChoiceRule best(int best) {
        return new ChoiceRule(
                GREEDY_NUMBERS, 0, 0, -1, new int[0], 0, new int[0], new float[0], new long[0], true, best);
    }

    void requireKnown(int vocabulary) {
        requireIds("text", text, vocabulary);
        requireIds("biased", biasedIds, vocabulary);
        require(given >= -1 && given < vocabulary, "given", given, "-1 to " + (vocabulary - 1));
        int words = (vocabulary + Long.SIZE - 1) / Long.SIZE;
        require(mask.length == 0 || mask.length == words, "mask", mask.length + " words", words + " words, or none");
    }

    private static void requireIds(String name, int[] ids, int vocabulary) {
        for (int id : ids) {
            require(id >= 0 && id < vocabulary, name + " id", id, "0 to " + (vocabulary - 1));
        }
    }
}
