package dev.trireme.config;

/**
 * The shape and the constants of a model. Whoever holds one holds a valid one.
 *
 * @param family which kind of transformer
 * @param layers number of blocks
 * @param heads attention heads of a block; they divide {@code hidden}
 * @param hidden width of the residual stream
 * @param intermediate width inside the MLP
 * @param vocabulary number of token ids, and rows of the token embedding
 * @param positions longest sequence, and rows of the position embedding
 * @param normEpsilon added to the variance in the norms
 * @param embeddingDropout share of the embeddings' output dropped in training, 0 to below 1
 * @param attentionDropout share of the attention weights dropped in training, 0 to below 1
 * @param residualDropout share of each branch's output dropped in training, 0 to below 1
 * @param initializerRange standard deviation of fresh weights
 */
public record ModelConfig(
        ModelFamily family,
        int layers,
        int heads,
        int hidden,
        int intermediate,
        int vocabulary,
        int positions,
        double normEpsilon,
        double embeddingDropout,
        double attentionDropout,
        double residualDropout,
        double initializerRange) {

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public ModelConfig {
        // The bounds keep every product of parameterCount far inside a long.
        requireWithin("layers", layers, 10_000);
        requireWithin("heads", heads, 1 << 20);
        requireWithin("hidden", hidden, 1 << 20);
        requireWithin("intermediate", intermediate, 1 << 24);
        requireWithin("vocabulary", vocabulary, 10_000_000);
        requireWithin("positions", positions, 1 << 24);
        if (hidden % heads != 0) {
            throw new IllegalArgumentException(
                    "heads " + heads + " does not divide hidden " + hidden + "; use a divisor of hidden");
        }
        require(normEpsilon > 0 && normEpsilon < 1, "normEpsilon", normEpsilon, "more than 0 and less than 1");
        requireShare("embeddingDropout", embeddingDropout);
        requireShare("attentionDropout", attentionDropout);
        requireShare("residualDropout", residualDropout);
        require(initializerRange >= 0 && initializerRange <= 1, "initializerRange", initializerRange, "0 to 1");
    }

    /**
     * A GPT-2 with the usual constants: MLP of 4 × hidden, epsilon 1e-5, initial weights of deviation 0.02, no dropout.
     *
     * @param layers number of blocks
     * @param heads attention heads of a block
     * @param hidden width of the residual stream
     * @param vocabulary number of token ids
     * @param positions longest sequence
     * @return the configuration
     * @throws IllegalArgumentException naming what is out of bounds
     */
    public static ModelConfig gpt2(int layers, int heads, int hidden, int vocabulary, int positions) {
        requireWithin("hidden", hidden, 1 << 20);
        return new ModelConfig(
                ModelFamily.GPT2, layers, heads, hidden, 4 * hidden, vocabulary, positions, 1e-5, 0, 0, 0, 0.02);
    }

    /**
     * A shape that the benchmarks know by name.
     *
     * @param name {@code small} (4 layers, hidden 256) or {@code gpt2} (12 layers, hidden 768)
     * @return the configuration, with 2048 positions and no dropout
     * @throws IllegalArgumentException for another name
     */
    public static ModelConfig ofShape(String name) {
        return switch (name) {
            case "small" -> gpt2(4, 4, 256, 10_000, 2048);
            case "gpt2" -> gpt2(12, 12, 768, 50_257, 2048);
            default -> throw new IllegalArgumentException("shape " + name + " is unknown; use small or gpt2");
        };
    }

    /**
     * This model with other dropout.
     *
     * @param embedding share of the embeddings' output
     * @param attention share of the attention weights
     * @param residual share of each branch's output
     * @return the changed copy
     * @throws IllegalArgumentException when a share is not in [0, 1)
     */
    public ModelConfig withDropout(double embedding, double attention, double residual) {
        return new ModelConfig(
                family,
                layers,
                heads,
                hidden,
                intermediate,
                vocabulary,
                positions,
                normEpsilon,
                embedding,
                attention,
                residual,
                initializerRange);
    }

    /**
     * How many numbers are trained.
     *
     * @return the elements of all parameters, the matrix that embedding and head share counted once
     */
    public long parameterCount() {
        long width = hidden;
        long attention = 4 * width * width + 4 * width;
        long mlp = 2 * width * intermediate + intermediate + width;
        long norm = 2 * width;
        return (vocabulary + (long) positions) * width + layers * (attention + mlp + 2 * norm) + norm;
    }

    private static void requireWithin(String name, int value, int limit) {
        require(value >= 1 && value <= limit, name, value, "1 to " + limit);
    }

    private static void requireShare(String name, double value) {
        require(value >= 0 && value < 1, name, value, "0 to below 1");
    }

    private static void require(boolean holds, String name, Number value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + allowed);
        }
    }
}
