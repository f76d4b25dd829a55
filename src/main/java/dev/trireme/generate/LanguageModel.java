package dev.trireme.generate;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.config.BadInputException;
import dev.trireme.config.HuggingFaceConfig;
import dev.trireme.config.ModelConfig;
import dev.trireme.engine.Device;
import dev.trireme.engine.Memory;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * A model that answers in token ids: what comes next, and how likely is what is there. One thread at a time.
 *
 * <p>Axes: T positions, V vocabulary.
 */
public final class LanguageModel implements AutoCloseable {
    private final CachedModel model;
    private final HuggingFaceConfig config;
    private final LogitRows logits;
    private final Decoder decoder;

    LanguageModel(CachedModel model, HuggingFaceConfig config) {
        this.model = model;
        this.config = config;
        this.logits = new LogitRows(model);
        int[] ends = config.specialTokens().ends().stream()
                .mapToInt(Integer::intValue)
                .toArray();
        this.decoder = new Decoder(model, ends, logits);
    }

    /**
     * Loads a model.
     *
     * @param folder in Hugging Face layout
     * @param device {@code cpu} or {@code cuda:N}
     * @param threads of every operator of this process; 0 for one a core
     * @param weights what for, and in which type
     * @return the model, which the caller closes
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when the device is not there, or the weights do not fit into its memory
     */
    public static LanguageModel open(Path folder, String device, int threads, Weights weights) {
        try (HuggingFaceFolder files = HuggingFaceFolder.open(folder)) {
            NativeLibrary.setThreads(
                    threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
            HuggingFaceConfig config = files.config();
            Device place = Device.parse(device);
            requireMemory(config.model(), weights, Memory.available(place));
            Stage stage = Stage.open(config.model(), 0, config.model().layers(), place, weights);
            try {
                files.load(new StageParameters(stage));
                return of(stage, config);
            } catch (RuntimeException e) {
                stage.close();
                throw e;
            }
        }
    }

    static void requireMemory(ModelConfig model, Weights weights, OptionalLong free) {
        long width = weights == Weights.BFLOAT16 ? 2 : 4;
        Limits.requireMemory(
                "the model's " + model.parameterCount() + " weights",
                width * model.parameterCount(),
                free,
                width == 4 ? "use bfloat16 or a machine with more" : "use a smaller model or a machine with more");
    }

    /**
     * A model whose weights are in place already.
     *
     * @param stage all its layers; {@link #close} closes it
     * @param config what it is
     * @return the model
     */
    public static LanguageModel of(Stage stage, HuggingFaceConfig config) {
        return new LanguageModel(new StageModel(stage, config.model()), config);
    }

    /**
     * What the model is.
     *
     * @return sizes and special tokens
     */
    public HuggingFaceConfig config() {
        return config;
    }

    /**
     * The model's layers.
     *
     * @return one stage with all of them
     * @throws IllegalStateException when the model is not one stage
     */
    public Stage stage() {
        if (model instanceof StageModel single) {
            return single.stage();
        }
        throw new IllegalStateException(model + " has no stage; open a model with LanguageModel.open");
    }

    /**
     * Continues prompts. Each gets the tokens that it would get alone, whatever the others are.
     *
     * @param prompts ids below the vocabulary, at least one each; any number of prompts of any lengths
     * @param options how to go on
     * @param onToken told of each token as it comes, and asked whether to go on
     * @return what was appended to each prompt, in their order
     * @throws IllegalArgumentException before anything runs, when a prompt and its new tokens together are more than the
     *     model's positions, an id is out of range, or the cache does not fit into memory
     * @throws dev.trireme.engine.EngineException when the model computes no finite numbers
     */
    public Completions complete(List<int[]> prompts, GenerateOptions options, TokenListener onToken) {
        return completeEach(
                prompts.stream()
                        .map(ids -> new Prompt(ids, options.maxNewTokens()))
                        .toList(),
                options,
                onToken);
    }

    /** Continues prompts that each have a limit of their own. */
    Completions completeEach(List<Prompt> prompts, GenerateOptions options, TokenListener onToken) {
        return decoder.complete(prompts, options, onToken);
    }

    /**
     * Appends the likeliest token again and again.
     *
     * @param prompt ids below the vocabulary, at least one
     * @param maxNewTokens the most tokens to append
     * @return the new ids, without the end token if that came
     * @throws IllegalArgumentException before anything runs, as {@link #complete} does
     */
    public int[] continueGreedily(int[] prompt, int maxNewTokens) {
        return complete(List.of(prompt), GenerateOptions.upTo(maxNewTokens), TokenListener.NONE)
                .all()
                .get(0)
                .ids();
    }

    /**
     * Tells how likely a text is.
     *
     * @param ids its tokens, at least one
     * @param onLogits given the logits (V) of each position in order, T times
     * @return log-probability in nats of each token but the first: T − 1 values, computed in float64
     * @throws IllegalArgumentException before anything runs, when there are more ids than the model's positions, an id is
     *     out of range, or the cache does not fit into memory
     */
    public double[] score(int[] ids, Consumer<float[]> onLogits) {
        Limits.requireFit(List.of(new Prompt(ids, 0)), model);
        Limits.requireMemory(model, 1, ids.length);
        double[] scores = new double[ids.length - 1];
        try (CacheRows rows = new CacheRows(model, 1, ids.length, true)) {
            rows.runThrough(
                    ids,
                    (tokens, begin) -> logits.read(tokens, (i, row) -> {
                        int position = begin + i;
                        onLogits.accept(row.clone());
                        if (position < scores.length) {
                            scores[position] = row[ids[position + 1]] - Softmax.logSum(row);
                        }
                    }));
        }
        return scores;
    }

    /** Frees the model. */
    @Override
    public void close() {
        model.close();
    }
}
