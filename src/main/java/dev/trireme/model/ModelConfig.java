package dev.trireme.model;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.Objects;

/**
 * The architecture, sizes and constants of a model, as values. Code that computes knows no family: all differences
 * between models are here. Every instance is valid.
 *
 * @param sizes layers, widths and lengths
 * @param architecture parts of a block
 * @param dropout dropout probabilities of training
 * @param initial initialisation of weights
 * @param format layout of its files
 * @param tuning what of it is trained, and whether it has low-rank updates
 */
public record ModelConfig(
        ModelSizes sizes,
        Architecture architecture,
        DropoutConfig dropout,
        InitialWeights initial,
        FileFormat format,
        Tuning tuning) {
    /**
     * Checks that the parts fit each other.
     *
     * @throws IllegalArgumentException when files hold parts with a bias and parts without as one tensor, or the model
     *     cannot be tuned so
     */
    public ModelConfig {
        NullChecks.require(
                "sizes", sizes, "architecture", architecture, "dropout", dropout, "initial", initial, "format", format);
        NullChecks.require("tuning", tuning);
        TensorNames.Attention names = format.names().attention();
        AttentionConfig.Biases biases = architecture.attention().biases();
        boolean fits = (!names.query().equals(names.key()) || biases.query() == biases.key())
                && (!names.key().equals(names.value()) || biases.key() == biases.value());
        Requirements.that(
                fits, names.query(), "one tensor for parts with a bias and parts without", "one bias for all");
        tuning.requireFit(sizes, architecture, format);
    }

    /**
     * A model all of which is trained.
     *
     * @param sizes layers, widths and lengths
     * @param architecture parts of a block
     * @param dropout dropout probabilities of training
     * @param initial initialisation of weights
     * @param format layout of its files
     */
    public ModelConfig(
            ModelSizes sizes,
            Architecture architecture,
            DropoutConfig dropout,
            InitialWeights initial,
            FileFormat format) {
        this(sizes, architecture, dropout, initial, format, Tuning.ALL);
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
        return Gpt2.of(new ModelSizes(layers, hidden, vocabulary, positions), heads);
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
        ModelSizes sizes = new ModelSizes(layers, hidden, vocabulary, positions);
        return Llama.of(sizes, AttentionConfig.Heads.sharing(heads, kvHeads, hidden), intermediate);
    }

    /**
     * A shape that the benchmarks know by name.
     *
     * @param name {@code small} (GPT-2, 4 layers, hidden 256), {@code gpt2} (12 layers, hidden 768), {@code llama-small}
     *     (LLaMA, 4 layers, hidden 256), {@code llama135} (30 layers, hidden 576), {@code medium} (GPT-2, 6 layers, hidden
     *     320), {@code gpt2-1024} (GPT-2 small as published) or {@code llama2-7b} (32 layers, hidden 4096);
     *     {@code llama2-7b/8} has its layers, with widths, heads and vocabulary divided by 8, or by 2, 4, 16 or 32
     * @return the configuration, with 2048 positions, the last two with 1024 and 4096, and no dropout
     * @throws IllegalArgumentException for another name
     */
    public static ModelConfig ofShape(String name) {
        Objects.requireNonNull(name, "name");
        return switch (name) {
            case "small" -> gpt2(4, 4, 256, 10_000, 2048);
            case "gpt2" -> gpt2(12, 12, 768, 50_257, 2048);
            case "llama-small" -> llama(4, 4, 2, 256, 704, 10_000, 2048);
            case "llama135" -> llama(30, 9, 3, 576, 1536, 49_152, 2048);
            case "tiny" -> gpt2(4, 4, 16, 64, 2048);
            case "medium" -> gpt2(6, 5, 320, 6_000, 2048);
            case "gpt2-1024" -> gpt2(12, 12, 768, 50_257, 1024);
            case "llama2-7b" -> untied(llama(32, 32, 32, 4096, 11_008, 32_000, 4096));
            case "llama2-7b/2", "llama2-7b/4", "llama2-7b/8", "llama2-7b/16", "llama2-7b/32" ->
                narrowLlama7b(Integer.parseInt(name.substring(name.indexOf('/') + 1)));
            default ->
                throw new IllegalArgumentException("shape " + name
                        + " is unknown; use small, gpt2, llama-small, llama135, medium, gpt2-1024, llama2-7b "
                        + "or a narrower one, llama2-7b/2 to llama2-7b/32");
        };
    }

    /** As many layers and heads of the same width, all else divided. */
    private static ModelConfig narrowLlama7b(int divisor) {
        int heads = 32 / divisor;
        return untied(llama(32, heads, heads, 4096 / divisor, 11_008 / divisor, 32_000 / divisor, 4096));
    }

    private static ModelConfig untied(ModelConfig model) {
        return model.withArchitecture(model.architecture().withTied(false));
    }

    /**
     * This model with other sizes.
     *
     * @param other layers, widths and lengths
     * @return the changed copy
     */
    public ModelConfig withSizes(ModelSizes other) {
        Objects.requireNonNull(other, "other");
        return new ModelConfig(other, architecture, dropout, initial, format, tuning);
    }

    /**
     * This model with another number of token ids.
     *
     * @param size of the vocabulary
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public ModelConfig withVocabulary(int size) {
        return withSizes(new ModelSizes(layers(), hidden(), size, positions()));
    }

    /**
     * This model with other blocks.
     *
     * @param other parts of a block
     * @return the changed copy
     * @throws IllegalArgumentException when files could not hold it
     */
    public ModelConfig withArchitecture(Architecture other) {
        Objects.requireNonNull(other, "other");
        return new ModelConfig(sizes, other, dropout, initial, format, tuning);
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
        DropoutConfig other = new DropoutConfig(embedding, attention, residual);
        return new ModelConfig(sizes, architecture, other, initial, format, tuning);
    }

    /**
     * This model with another initialisation.
     *
     * @param other how
     * @return the changed copy
     */
    public ModelConfig withInitial(InitialWeights other) {
        Objects.requireNonNull(other, "other");
        return new ModelConfig(sizes, architecture, dropout, other, format, tuning);
    }

    /**
     * This model with another file format.
     *
     * @param other how
     * @return the changed copy
     * @throws IllegalArgumentException when files could not hold it
     */
    public ModelConfig withFormat(FileFormat other) {
        Objects.requireNonNull(other, "other");
        return new ModelConfig(sizes, architecture, dropout, initial, other, tuning);
    }

    /**
     * This model, tuned in another way.
     *
     * @param other what is trained
     * @return the changed copy
     * @throws IllegalArgumentException when the model cannot be tuned so
     */
    public ModelConfig withTuning(Tuning other) {
        Objects.requireNonNull(other, "other");
        return new ModelConfig(sizes, architecture, dropout, initial, format, other);
    }

    /**
     * Number of blocks.
     *
     * @return {@code sizes().layers()}
     */
    public int layers() {
        return sizes.layers();
    }

    /**
     * Width of the residual stream.
     *
     * @return {@code sizes().hidden()}
     */
    public int hidden() {
        return sizes.hidden();
    }

    /**
     * Number of token ids.
     *
     * @return {@code sizes().vocabulary()}
     */
    public int vocabulary() {
        return sizes.vocabulary();
    }

    /**
     * Longest sequence.
     *
     * @return {@code sizes().positions()}
     */
    public int positions() {
        return sizes.positions();
    }

    /**
     * Numbers and width of heads.
     *
     * @return {@code architecture().attention().heads()}
     */
    public AttentionConfig.Heads heads() {
        return architecture.attention().heads();
    }

    /**
     * Width inside the MLP.
     *
     * @return {@code architecture().mlp().intermediate()}
     */
    public int intermediate() {
        return architecture.mlp().intermediate();
    }

    /**
     * Whether the head is the token embedding.
     *
     * @return {@code architecture().tied()}
     */
    public boolean tied() {
        return architecture.tied();
    }
}
