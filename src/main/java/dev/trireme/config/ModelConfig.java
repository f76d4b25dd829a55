package dev.trireme.config;

import java.util.Objects;

/**
 * The shape and the constants of a model. Whoever holds one holds a valid one.
 *
 * @param family which kind of transformer
 * @param layers number of blocks
 * @param heads query heads of a block
 * @param kvHeads key and value heads of a block; they divide {@code heads} (grouped-query attention)
 * @param headWidth width of a head
 * @param hidden width of the residual stream
 * @param intermediate width inside the MLP
 * @param vocabulary number of token ids, and rows of the token embedding
 * @param positions longest sequence
 * @param attentionBias whether the linear layers of attention have biases
 * @param mlpBias whether those of the MLP have
 * @param tied whether the head is the token embedding
 * @param rotary angles of rotary embeddings; {@link RotaryConfig#NONE} for a model with learned positions
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
        int kvHeads,
        int headWidth,
        int hidden,
        int intermediate,
        int vocabulary,
        int positions,
        boolean attentionBias,
        boolean mlpBias,
        boolean tied,
        RotaryConfig rotary,
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
        NullChecks.require("family", family, "rotary", rotary);
        // The bounds keep every product of parameterCount far inside a long.
        requireWithin("layers", layers, 10_000);
        requireWithin("hidden", hidden, 1 << 20);
        requireWithin("heads", heads, 1 << 20);
        requireWithin("kvHeads", kvHeads, heads);
        require(family != ModelFamily.GPT2 || hidden % heads == 0, "heads", heads, "a divisor of hidden " + hidden);
        requireWithin("headWidth", headWidth, 1 << 16);
        requireWithin("intermediate", intermediate, 1 << 24);
        requireWithin("vocabulary", vocabulary, 10_000_000);
        requireWithin("positions", positions, 1 << 24);
        require((long) heads * headWidth <= 1 << 20, "heads × headWidth", (long) heads * headWidth, "up to 1048576");
        require(heads % kvHeads == 0, "kvHeads", kvHeads, "a divisor of heads " + heads);
        switch (family) {
            case GPT2 -> {
                require(kvHeads == heads, "kvHeads", kvHeads, "heads " + heads + " for GPT-2");
                require(headWidth == hidden / heads, "headWidth", headWidth, hidden / heads + " = hidden / heads");
                require(
                        attentionBias && mlpBias && tied,
                        "GPT-2",
                        "without biases or untied",
                        "biases and a tied head");
            }
            case LLAMA -> {
                require(headWidth % 2 == 0, "headWidth", headWidth, "an even number: rotary embeddings turn pairs");
                require(rotary.theta() > 0, "rotary theta", rotary.theta(), "more than 0");
            }
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
        requireWithin("heads", heads, hidden);
        return new ModelConfig(
                ModelFamily.GPT2,
                layers,
                heads,
                heads,
                hidden / heads,
                hidden,
                4 * hidden,
                vocabulary,
                positions,
                true,
                true,
                true,
                RotaryConfig.NONE,
                1e-5,
                0,
                0,
                0,
                0.02);
    }

    /**
     * A LLaMA with the usual constants: heads of width hidden / heads, no biases, a tied head, plain rotary embeddings of
     * base 10,000, epsilon 1e-6, initial weights of deviation 0.02, no dropout.
     *
     * @param layers number of blocks
     * @param heads query heads of a block
     * @param kvHeads key and value heads of a block
     * @param hidden width of the residual stream
     * @param intermediate width inside the MLP
     * @param vocabulary number of token ids
     * @param positions longest sequence
     * @return the configuration
     * @throws IllegalArgumentException naming what is out of bounds
     */
    public static ModelConfig llama(
            int layers, int heads, int kvHeads, int hidden, int intermediate, int vocabulary, int positions) {
        requireWithin("hidden", hidden, 1 << 20);
        requireWithin("heads", heads, hidden);
        require(hidden % heads == 0, "heads", heads, "a divisor of hidden " + hidden);
        require(
                hidden / heads % 2 == 0,
                "heads",
                heads,
                "a divisor of hidden " + hidden + " that leaves an even width: rotary embeddings turn pairs");
        return new ModelConfig(
                ModelFamily.LLAMA,
                layers,
                heads,
                kvHeads,
                hidden / heads,
                hidden,
                intermediate,
                vocabulary,
                positions,
                false,
                false,
                true,
                RotaryConfig.plain(10_000),
                1e-6,
                0,
                0,
                0,
                0.02);
    }

    /**
     * A shape that the benchmarks know by name.
     *
     * @param name {@code small} (GPT-2, 4 layers, hidden 256), {@code gpt2} (12 layers, hidden 768), {@code llama-small}
     *     (LLaMA, 4 layers, hidden 256) or {@code llama135} (30 layers, hidden 576)
     * @return the configuration, with 2048 positions and no dropout
     * @throws IllegalArgumentException for another name
     */
    public static ModelConfig ofShape(String name) {
        Objects.requireNonNull(name, "name");
        return switch (name) {
            case "small" -> gpt2(4, 4, 256, 10_000, 2048);
            case "gpt2" -> gpt2(12, 12, 768, 50_257, 2048);
            case "llama-small" -> llama(4, 4, 2, 256, 704, 10_000, 2048);
            case "llama135" -> llama(30, 9, 3, 576, 1536, 49_152, 2048);
            default ->
                throw new IllegalArgumentException(
                        "shape " + name + " is unknown; use small, gpt2, llama-small or llama135");
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
        return with(vocabulary, embedding, attention, residual);
    }

    /**
     * This model with another number of token ids.
     *
     * @param size of the vocabulary
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public ModelConfig withVocabulary(int size) {
        return with(size, embeddingDropout, attentionDropout, residualDropout);
    }

    private ModelConfig with(int size, double embedding, double attention, double residual) {
        return new ModelConfig(
                family,
                layers,
                heads,
                kvHeads,
                headWidth,
                hidden,
                intermediate,
                size,
                positions,
                attentionBias,
                mlpBias,
                tied,
                rotary,
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
        long learnedPositions = family == ModelFamily.GPT2 ? positions : 0;
        long embeddings = (vocabulary * (tied ? 1L : 2L) + learnedPositions) * hidden;
        return embeddings + layers * (attentionParameterCount() + mlpParameterCount()) + normParameterCount();
    }

    /**
     * How many numbers the attention of one layer has.
     *
     * @return the elements of its norm, of queries, keys and values, and of the projection
     */
    public long attentionParameterCount() {
        long width = hidden;
        long queries = (long) heads * headWidth;
        long keysAndValues = 2L * kvHeads * headWidth;
        long biases = attentionBias ? queries + keysAndValues + width : 0;
        return normParameterCount() + (2 * queries + keysAndValues) * width + biases;
    }

    /**
     * How many numbers the MLP of one layer has.
     *
     * @return the elements of its norm and of its linear layers
     */
    public long mlpParameterCount() {
        long width = hidden;
        long up = (family == ModelFamily.GPT2 ? 1L : 2L) * intermediate;
        return normParameterCount() + (up + intermediate) * width + (mlpBias ? up + width : 0);
    }

    private long normParameterCount() {
        return (family == ModelFamily.GPT2 ? 2L : 1L) * hidden;
    }

    private static void requireWithin(String name, int value, int limit) {
        require(value >= 1 && value <= limit, name, value, "1 to " + limit);
    }

    private static void requireShare(String name, double value) {
        require(value >= 0 && value < 1, name, value, "0 to below 1");
    }

    private static void require(boolean holds, String name, Object value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + allowed);
        }
    }
}
