package dev.trireme.generate;

/**
 * How the next token is sampled. The steps run in this order, each as transformers' {@code LogitsProcessor} of that
 * name defines it: repetition penalty, temperature, top-k, top-p, min-p; then one of the remaining tokens is drawn in
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
 */
public record Sampling(double temperature, int topK, double topP, double minP, double repetitionPenalty, long seed) {
    /** Greedy decoding. */
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0, 1, 0);

    /**
     * Checks every number.
     *
     * @throws IllegalArgumentException naming what is out of bounds, its value and what it may be
     */
    public Sampling {
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
        return new Sampling(value, topK, topP, minP, repetitionPenalty, seed);
    }

    /**
     * This with another number of most probable tokens.
     *
     * @param value of {@link #topK}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public Sampling withTopK(int value) {
        return new Sampling(temperature, value, topP, minP, repetitionPenalty, seed);
    }

    /**
     * This with another cumulative probability.
     *
     * @param value of {@link #topP}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public Sampling withTopP(double value) {
        return new Sampling(temperature, topK, value, minP, repetitionPenalty, seed);
    }

    /**
     * This with another least probability.
     *
     * @param value of {@link #minP}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public Sampling withMinP(double value) {
        return new Sampling(temperature, topK, topP, value, repetitionPenalty, seed);
    }

    /**
     * This with another penalty.
     *
     * @param value of {@link #repetitionPenalty}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public Sampling withRepetitionPenalty(double value) {
        return new Sampling(temperature, topK, topP, minP, value, seed);
    }

    /**
     * This with another seed.
     *
     * @param value of {@link #seed}
     * @return the changed copy
     */
    public Sampling withSeed(long value) {
        return new Sampling(temperature, topK, topP, minP, repetitionPenalty, value);
    }
}
