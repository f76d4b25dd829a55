package dev.trireme.generate;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.PipelineLayout;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.HuggingFaceConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/**
 * A language model on token ids: it generates continuations and scores texts.
 *
 * <p>Any number of threads may share it; their requests are computed together by an {@link Engine}. Interrupting a
 * thread ends its request within a step by a {@link CancellationException}; the interrupt stays set. An {@code
 * IllegalStateException} refuses a request from a callback of the same model, and every request after {@link #close}; it
 * also ends the requests that close interrupts.
 *
 * <p>Axes: T positions, V vocabulary.
 */
public final class LanguageModel implements AutoCloseable {
    private final Engine engine;

    LanguageModel(Engine engine) {
        this.engine = engine;
    }

    /**
     * Loads a model.
     *
     * @param folder in Hugging Face layout
     * @param device {@code cpu} or {@code cuda:N}
     * @param threads of every operator of this process; 0 for one a core
     * @param weights their type
     * @return the model, which the caller closes
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when the device is not there, or the weights do not fit into its memory
     */
    public static LanguageModel open(Path folder, String device, int threads, Weights weights) {
        NullChecks.require("folder", folder, "weights", weights);
        return open(folder, GenerationLayout.single(device, threads), weights);
    }

    /**
     * Loads a model onto stages. A stage holds only its own layers; a tied embedding is on the first stage and on the
     * last. Every copy of the model holds all weights.
     *
     * @param folder in Hugging Face layout
     * @param layout copies, stages and groups
     * @param weights their type
     * @return the model, which the caller closes
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when the model cannot be cut so, a device is not there, or the weights do not fit
     *     into its memory
     */
    public static LanguageModel open(Path folder, GenerationLayout layout, Weights weights) {
        NullChecks.require("folder", folder, "layout", layout, "weights", weights);
        try (HuggingFaceFolder files = HuggingFaceFolder.open(folder)) {
            return open(files, layout, weights);
        }
    }

    /**
     * Loads a model of a folder that is open already.
     *
     * @param folder which the caller closes, and may as soon as the model is loaded
     * @param layout how it is spread
     * @param weights what for, and in which type
     * @return the model, which the caller closes
     * @throws BadInputException when a file can no longer be read
     * @throws IllegalArgumentException as {@link #open(Path, GenerationLayout, Weights)}
     */
    public static LanguageModel open(HuggingFaceFolder folder, GenerationLayout layout, Weights weights) {
        NullChecks.require("folder", folder, "layout", layout, "weights", weights);
        return of(Engine.open(folder, EngineConfig.of(layout, weights)));
    }

    /**
     * A model on an engine.
     *
     * @param engine which {@link #close} closes
     * @return the model
     */
    public static LanguageModel of(Engine engine) {
        Objects.requireNonNull(engine, "engine");
        return new LanguageModel(engine);
    }

    /**
     * A model of one stage whose weights are set.
     *
     * @param stage all its layers; {@link #close} closes it
     * @param config its configuration
     * @return the model
     */
    public static LanguageModel of(Stage stage, HuggingFaceConfig config) {
        Objects.requireNonNull(stage, "stage");
        return of(List.of(stage), config);
    }

    /**
     * A model of stages whose weights are set.
     *
     * @param stages all its layers in order, several as a pipeline; {@link #close} closes them
     * @param config its configuration
     * @return the model
     */
    public static LanguageModel of(List<Stage> stages, HuggingFaceConfig config) {
        NullChecks.require("stages", stages, "config", config);
        return of(stages, oneCopy(stages), config);
    }

    /**
     * A model on stages that another owns.
     *
     * @param stages all its layers in order, several as a pipeline; they outlive the model, and {@link #close} leaves them
     *     open
     * @param config what it is
     * @return the model, which the caller closes
     */
    public static LanguageModel borrow(List<Stage> stages, HuggingFaceConfig config) {
        NullChecks.require("stages", stages, "config", config);
        return on(stages, oneCopy(stages), config, false);
    }

    private static GenerationLayout oneCopy(List<Stage> stages) {
        return new GenerationLayout(PipelineLayout.of(stages.size(), "even"), 0, 1, "cpu", 0);
    }

    /**
     * A model of one or several copies whose weights are set.
     *
     * @param stages all layers of the first copy in order, then those of the second, and so on; {@link #close} closes
     *     them
     * @param layout numbers of stages, copies and groups; its other components are ignored
     * @param config its configuration
     * @return the model
     * @throws IllegalArgumentException when the layout has another number of stages
     */
    public static LanguageModel of(List<Stage> stages, GenerationLayout layout, HuggingFaceConfig config) {
        NullChecks.require("stages", stages, "layout", layout, "config", config);
        return on(stages, layout, config, true);
    }

    private static LanguageModel on(
            List<Stage> stages, GenerationLayout layout, HuggingFaceConfig config, boolean owned) {
        return new LanguageModel(Engine.of(stages, config, EngineConfig.of(layout, Weights.FLOAT32), owned));
    }

    /**
     * What answers its requests.
     *
     * @return the engine, for requests that do not wait for each other
     */
    public Engine engine() {
        return engine;
    }

    /**
     * The model's configuration.
     *
     * @return sizes and special tokens
     */
    public HuggingFaceConfig config() {
        return engine.config();
    }

    /**
     * The only stage of the model.
     *
     * @return one stage with all of them
     * @throws IllegalStateException when the model is not one stage
     */
    public Stage stage() {
        if (stages().size() != 1) {
            throw new IllegalStateException("the model has " + stages().size() + " stages, not one; use stages()");
        }
        return stages().get(0);
    }

    /**
     * The stages of the model, of the first copy if there are several.
     *
     * @return all stages in order
     */
    public List<Stage> stages() {
        return engine.stages();
    }

    /**
     * Continues prompts. Each gets the tokens that it would get alone.
     *
     * @param prompts ids below the vocabulary, at least one each; any number of prompts of any lengths
     * @param options of generation
     * @param onToken told of each token as it comes, and asked whether to go on
     * @return the new tokens of each prompt, in the order of the prompts
     * @throws IllegalArgumentException before anything runs, when a prompt and its new tokens together are more than the
     *     model's positions, an id is out of range, or the cache does not fit into memory
     * @throws dev.trireme.engine.EngineException when the model computes no finite numbers
     * @throws IllegalStateException when the model is closed, before or meanwhile, or this is called by its own callback
     * @throws CancellationException when the thread is interrupted
     */
    public Completions complete(List<int[]> prompts, GenerateOptions options, TokenListener onToken) {
        NullChecks.require("prompts", prompts, "options", options, "onToken", onToken);
        return completeEach(
                prompts.stream().map(ids -> Request.of(ids, options)).toList(), onToken);
    }

    /** Continues prompts that each have a limit of their own, which may be 0. */
    Completions completeEach(List<Request> requests, TokenListener onToken) {
        return new Together(engine, requests, onToken).await();
    }

    /**
     * Continues a prompt by greedy decoding.
     *
     * @param prompt ids below the vocabulary, at least one
     * @param maxNewTokens most tokens to append
     * @return the new ids, without the end token if that came
     * @throws IllegalArgumentException before anything runs, as {@link #complete} does
     */
    public int[] continueGreedily(int[] prompt, int maxNewTokens) {
        Objects.requireNonNull(prompt, "prompt");
        return complete(List.of(prompt), GenerateOptions.upTo(maxNewTokens), TokenListener.NONE)
                .all()
                .get(0)
                .ids();
    }

    /**
     * Scores a text: computes the log-probability of each token.
     *
     * @param ids its tokens, at least one
     * @param onLogits given the logits (V) of each position in order, T times
     * @return log-probability in nats of each token but the first: T − 1 values, computed in float64
     * @throws IllegalArgumentException before anything runs, when there are more ids than the model's positions, an id is
     *     out of range, or the cache does not fit into memory
     */
    public double[] score(int[] ids, Consumer<float[]> onLogits) {
        NullChecks.require("ids", ids, "onLogits", onLogits);
        return score(ids, Request.PromptOutput.LOGITS, new RequestListener() {
            @Override
            public void promptLogits(float[] logits) {
                onLogits.accept(logits);
            }
        });
    }

    /**
     * Scores a text: computes the log-probability of each token, without copying logits.
     *
     * @param ids its tokens, at least one
     * @return as {@link #score(int[], Consumer)}
     * @throws IllegalArgumentException as there
     */
    public double[] score(int[] ids) {
        Objects.requireNonNull(ids, "ids");
        return score(ids, Request.PromptOutput.LOG_PROBABILITIES, RequestListener.NONE);
    }

    private double[] score(int[] ids, Request.PromptOutput output, RequestListener listener) {
        engine.requireOpen("score");
        engine.requireOtherThread("score");
        Request request =
                Request.of(ids, GenerateOptions.upTo(1)).withoutContinuation().withPromptOutput(output);
        Handle handle = engine.start(request, listener);
        engine.wake();
        return handle.await().promptLogProbabilities();
    }

    /** Ends running requests within a step, and frees the model. A second call waits for the first. */
    @Override
    public void close() {
        engine.close();
    }
}
