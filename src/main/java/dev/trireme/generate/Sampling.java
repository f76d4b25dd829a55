package dev.trireme.generate;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the next token is sampled. The steps run in this order, each as transformers' {@code LogitsProcessor} of that
 * name defines it: penalties, biases, temperature, top-k, top-p, min-p; then one of the remaining tokens is drawn in
 * proportion to its probability. Tokens as probable as the last of the {@code topK} stay too; of equally probable
 * tokens {@code topP} keeps those of smaller id.
 *
 * <p>Samples depend only on the seed, the prompt's ids and the position in the text, so a seed gives the same text in
 * any batch.
 *
 * @param temperature divisor of the logits; 0 for greedy decoding, which takes the smallest id of equal logits
 * @param topK how many of the most probable tokens are kept; 0 for all
 * @param topP cumulative probability of the most probable tokens that are kept; 1 for all
 * @param minP least probability of a token that is kept, as a share of the largest; 0 for all
 * @param repetitionPenalty positive logits of tokens that the text holds already, its prompt included, are divided by it,
 *     negative ones multiplied; 1 for none
 * @param seed any number
 * @param presencePenalty subtracted from the logits of tokens that were generated already; 0 for none
 * @param frequencyPenalty subtracted as many times as they were generated; 0 for none
 * @param biases added to the logits of some ids
 */
public record Sampling(
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        long seed,
        double presencePenalty,
        double frequencyPenalty,
        SortedMap<Integer, Double> biases) {
    /** Greedy decoding. */
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0, 1, 0);

    /**
     * Without penalties of what was generated, and without biases.
     *
     * @param temperature see {@link #temperature}
     * @param topK see {@link #topK}
     * @param topP see {@link #topP}
     * @param minP see {@link #minP}
     * @param repetitionPenalty see {@link #repetitionPenalty}
     * @param seed see {@link #seed}
     */
    public Sampling(double temperature, int topK, double topP, double minP, double repetitionPenalty, long seed) {
        this(temperature, topK, topP, minP, repetitionPenalty, seed, 0, 0, Collections.emptySortedMap());
    }

    /**
     * Checks every number, keeping an unmodifiable copy of the map.
     *
     * @throws IllegalArgumentException naming what is out of bounds, its value and what it may be
     */
    public Sampling {
        Objects.requireNonNull(biases, "biases");
        require(temperature >= 0 && temperature <= 1e6, "temperature", temperature, "0 for greedy, up to 1e6");
        require(temperature == 0 || temperature >= 1e-6, "temperature", temperature, "0 for greedy, or 1e-6 and more");
        require(topK >= 0, "topK", topK, "1 or more, or 0 for all tokens");
        require(topP > 0 && topP <= 1, "topP", topP, "more than 0, up to 1 for all tokens");
        require(minP >= 0 && minP <= 1, "minP", minP, "0 for all tokens, up to 1");
        require(
                repetitionPenalty > 0 && repetitionPenalty <= 1e6,
                "repetitionPenalty",
                repetitionPenalty,
                "more than 0, up to 1e6, 1 for none");
        require(Math.abs(presencePenalty) <= 1e6, "presencePenalty", presencePenalty, "-1e6 to 1e6, 0 for none");
        require(Math.abs(frequencyPenalty) <= 1e6, "frequencyPenalty", frequencyPenalty, "-1e6 to 1e6, 0 for none");
        biases = Collections.unmodifiableSortedMap(new TreeMap<>(biases));
        biases.forEach((id, bias) -> {
            require(id >= 0, "id of a bias", id, "0 or more");
            require(Math.abs(bias) <= 1e6, "bias of id " + id, bias, "-1e6 to 1e6");
        });
    }

    private static void require(boolean holds, String name, Number value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + allowed);
        }
    }

    /**
     * Whether decoding is greedy.
     *
     * @return true at temperature 0
     */
    public boolean isGreedy() {
        return temperature == 0;
    }

    /**
     * This with another temperature.
     *
     * @param value of {@link #temperature}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public Sampling withTemperature(double value) {
        return new Sampling(
                value, topK, topP, minP, repetitionPenalty, seed, presencePenalty, frequencyPenalty, biases);
    }

    /**
     * This with another number of most probable tokens.
     *
     * @param value of {@link #topK}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public Sampling withTopK(int value) {
        return new Sampling(
                temperature, value, topP, minP, repetitionPenalty, seed, presencePenalty, frequencyPenalty, biases);
    }

    /**
     * This with another cumulative probability.
     *
     * @param value of {@link #topP}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public Sampling withTopP(double value) {
        return new Sampling(
                temperature, topK, value, minP, repetitionPenalty, seed, presencePenalty, frequencyPenalty, biases);
    }

    /**
     * This with another least probability.
     *
     * @param value of {@link #minP}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public Sampling withMinP(double value) {
        return new Sampling(
                temperature, topK, topP, value, repetitionPenalty, seed, presencePenalty, frequencyPenalty, biases);
    }

    /**
     * This with another penalty.
     *
     * @param value of {@link #repetitionPenalty}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public Sampling withRepetitionPenalty(double value) {
        return new Sampling(temperature, topK, topP, minP, value, seed, presencePenalty, frequencyPenalty, biases);
    }

    /**
     * This with another seed.
     *
     * @param value of {@link #seed}
     * @return the changed copy
     */
    public Sampling withSeed(long value) {
        return new Sampling(
                temperature, topK, topP, minP, repetitionPenalty, value, presencePenalty, frequencyPenalty, biases);
    }

    /**
     * This with penalties of what was generated.
     *
     * @param presence value of {@link #presencePenalty}
     * @param frequency value of {@link #frequencyPenalty}
     * @return the changed copy
     * @throws IllegalArgumentException when one is out of bounds
     */
    public Sampling withPenalties(double presence, double frequency) {
        return new Sampling(temperature, topK, topP, minP, repetitionPenalty, seed, presence, frequency, biases);
    }

    /**
     * This with biases.
     *
     * @param value of {@link #biases}
     * @return the changed copy
     * @throws IllegalArgumentException when an id is negative, or a bias out of bounds
     */
    public Sampling withBiases(Map<Integer, Double> value) {
        Objects.requireNonNull(value, "value");
        return new Sampling(
                temperature,
                topK,
                topP,
                minP,
                repetitionPenalty,
                seed,
                presencePenalty,
                frequencyPenalty,
                new TreeMap<>(value));
    }

    /** As {@link dev.trireme.engine.ChoiceRule#numbers} takes them. */
    double[] numbers() {
        return new double[] {temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty};
    }

    boolean penalizes() {
        return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
    }

    int[] biasedIds() {
        return biases.keySet().stream().mapToInt(Integer::intValue).toArray();
    }

    float[] biasValues() {
        float[] values = new float[biases.size()];
        int next = 0;
        for (double bias : biases.values()) {
            values[next++] = (float) bias;
        }
        return values;
    }
}
