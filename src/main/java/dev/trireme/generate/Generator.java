package dev.trireme.generate;

import dev.trireme.chat.ChatPrompt;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Generates text from text: a model with its tokenizer. Any number of threads may share it; see {@link LanguageModel}.
 * After {@link #close} it refuses every request by an {@code IllegalStateException}.
 *
 * <pre>{@code
 * try (Generator generator = Generator.open(Path.of("model"))) {
 *     generator.generate("Once upon a time", GenerateOptions.upTo(100), System.out::print);
 * }
 * }</pre>
 */
public final class Generator implements AutoCloseable {
    private final LanguageModel model;
    private final Tokenizer tokenizer;
    private final TextRequests requests;
    private final boolean owned;
    private volatile boolean closed;
    private final ThreadLocal<Timing> lastTiming = ThreadLocal.withInitial(() -> Timing.NONE);

    private Generator(LanguageModel model, Tokenizer tokenizer, boolean owned) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.requests = new TextRequests(tokenizer, model.config());
        this.owned = owned;
    }

    /**
     * Loads a model and its tokenizer on the CPU in float32, using all cores.
     *
     * @param folder in Hugging Face layout
     * @return the generator, which the caller closes
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when the weights do not fit into memory
     */
    public static Generator open(Path folder) {
        return open(folder, "cpu", 0, Weights.FLOAT32);
    }

    /**
     * Loads a model and its tokenizer.
     *
     * @param folder in Hugging Face layout
     * @param device {@code cpu} or {@code cuda:N}
     * @param threads of every operator of this process; 0 for one a core
     * @param weights their type
     * @return the generator, which the caller closes
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when the device is not there, or the weights do not fit into its memory
     */
    public static Generator open(Path folder, String device, int threads, Weights weights) {
        NullChecks.require("folder", folder, "weights", weights);
        return open(folder, GenerationLayout.single(device, threads), weights);
    }

    /**
     * Loads a model onto stages, and its tokenizer.
     *
     * @param folder in Hugging Face layout
     * @param layout copies, stages and groups
     * @param weights their type
     * @return the generator, which the caller closes
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when the model cannot be cut so, a device is not there, or the weights do not fit
     *     into its memory
     */
    public static Generator open(Path folder, GenerationLayout layout, Weights weights) {
        NullChecks.require("folder", folder, "layout", layout, "weights", weights);
        try (HuggingFaceFolder files = HuggingFaceFolder.open(folder)) {
            return open(files, layout, weights);
        }
    }

    /**
     * Loads a model, and its tokenizer, of a folder that is open already.
     *
     * @param folder which the caller closes, and may as soon as the generator is there
     * @param layout how the model is spread
     * @param weights what for, and in which type
     * @return the generator, which the caller closes
     * @throws BadInputException when the folder has no tokenizer, or a file is not what it should be
     * @throws IllegalArgumentException as {@link #open(Path, GenerationLayout, Weights)}
     */
    public static Generator open(HuggingFaceFolder folder, GenerationLayout layout, Weights weights) {
        NullChecks.require("folder", folder, "layout", layout, "weights", weights);
        Tokenizer tokenizer = Tokenizer.open(folder.tokenizer());
        try {
            return of(LanguageModel.open(folder, layout, weights), tokenizer);
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    /**
     * A generator of a model and a tokenizer that are open already.
     *
     * @param model its vocabulary covers the tokenizer's; {@link #close} closes it
     * @param tokenizer {@link #close} closes it
     * @return the generator
     * @throws BadInputException when the tokenizer has ids that the model does not know
     */
    public static Generator of(LanguageModel model, Tokenizer tokenizer) {
        NullChecks.require("model", model, "tokenizer", tokenizer);
        requireKnown(tokenizer, model);
        return new Generator(model, tokenizer, true);
    }

    /**
     * A generator of parts that another owns.
     *
     * @param model its vocabulary covers the tokenizer's
     * @param tokenizer as the model, it outlives the generator, and {@link #close} leaves it open
     * @return the generator, which the caller closes
     * @throws BadInputException when the tokenizer has ids that the model does not know
     */
    public static Generator borrow(LanguageModel model, Tokenizer tokenizer) {
        NullChecks.require("model", model, "tokenizer", tokenizer);
        requireKnown(tokenizer, model);
        return new Generator(model, tokenizer, false);
    }

    private static void requireKnown(Tokenizer tokenizer, LanguageModel model) {
        int vocabulary = model.config().model().vocabulary();
        if (tokenizer.vocabularySize() > vocabulary) {
            throw new BadInputException(
                    "tokenizer.json has " + tokenizer.vocabularySize() + " tokens but the model knows " + vocabulary
                            + "; use the tokenizer that the model was trained with");
        }
    }

    /**
     * Continues a text.
     *
     * @param prompt not empty
     * @param options of generation
     * @param onText given the new text as it comes, in whole characters; with beams, when the best is known
     * @return the whole text
     * @throws IllegalArgumentException before anything runs, when the prompt is empty, prompt and new tokens are more
     *     than the model's positions, or the cache does not fit into memory
     */
    public Generation generate(String prompt, GenerateOptions options, Consumer<String> onText) {
        NullChecks.require("prompt", prompt, "options", options, "onText", onText);
        requireOpen("generate");
        return run(requests.toContinue(List.of(prompt), options).get(0), onText);
    }

    /**
     * Continues a conversation, once; {@link Chat} goes on with one.
     *
     * @param prompt the conversation as the model's template writes it
     * @param options of generation
     * @param onText given the answer as it comes, in whole characters; with beams, when the best is known
     * @return the whole answer
     * @throws IllegalArgumentException as {@link #generate(String, GenerateOptions, Consumer)}
     */
    public Generation answer(ChatPrompt prompt, GenerateOptions options, Consumer<String> onText) {
        NullChecks.require("prompt", prompt, "options", options, "onText", onText);
        requireOpen("answer");
        return generate(prompt.encode(tokenizer), options, onText);
    }

    /**
     * Continues ids.
     *
     * @param prompt below the vocabulary, at least one
     * @param options of generation
     * @param onText as {@link #generate(String, GenerateOptions, Consumer)} takes it
     * @return the whole text
     * @throws IllegalArgumentException as {@link #generate(String, GenerateOptions, Consumer)}
     */
    public Generation generate(int[] prompt, GenerateOptions options, Consumer<String> onText) {
        NullChecks.require("prompt", prompt, "options", options, "onText", onText);
        requireOpen("generate");
        return run(Request.of(prompt, options), onText);
    }

    /**
     * Continues a text and returns when it is complete.
     *
     * @param prompt not empty
     * @param options of generation
     * @return the result
     * @throws IllegalArgumentException as {@link #generate(String, GenerateOptions, Consumer)}
     */
    public Generation generate(String prompt, GenerateOptions options) {
        NullChecks.require("prompt", prompt, "options", options);
        return generateAll(List.of(prompt), options).all().get(0);
    }

    /**
     * Continues texts of any lengths together. Each result is the one that the prompt would get alone.
     *
     * @param prompts none empty
     * @param options of generation
     * @return one result for each prompt, in the same order
     * @throws IllegalArgumentException as {@link #generate(String, GenerateOptions, Consumer)}, naming the prompt
     */
    public Generations generateAll(List<String> prompts, GenerateOptions options) {
        NullChecks.require("prompts", prompts, "options", options);
        return generateAll(prompts, options, GenerationListener.NONE);
    }

    /**
     * Continues texts of any lengths together. Each result is the one that the prompt would get alone.
     *
     * @param prompts none empty
     * @param options of generation
     * @param listener told of each token, and of each prompt when it is done, in any order
     * @return one result for each prompt, in the same order
     * @throws IllegalArgumentException as {@link #generate(String, GenerateOptions, Consumer)}, naming the prompt
     */
    public Generations generateAll(List<String> prompts, GenerateOptions options, GenerationListener listener) {
        NullChecks.require("prompts", prompts, "options", options, "listener", listener);
        requireOpen("generate");
        return run(requests.toContinue(prompts, options), Optional.empty(), listener);
    }

    /**
     * Continues prompts that are encoded already, with greedy decoding up to the model's end token.
     *
     * @param prompts none empty; of one that is longer than the model's positions its end counts
     * @param maxNewTokens of an answer; fewer where the positions end
     * @return the new texts, in the same order
     */
    public List<String> answerAll(List<int[]> prompts, int maxNewTokens) {
        Objects.requireNonNull(prompts, "prompts");
        requireOpen("answer");
        return run(requests.toAnswer(prompts, maxNewTokens), Optional.empty(), GenerationListener.NONE).all().stream()
                .map(Generation::text)
                .toList();
    }

    private Generation run(Request request, Consumer<String> onText) {
        return run(List.of(request), Optional.of(onText), GenerationListener.NONE)
                .all()
                .get(0);
    }

    private Generations run(List<Request> asked, Optional<Consumer<String>> onText, GenerationListener listener) {
        List<GenerationText> texts = asked.stream()
                .map(request -> new GenerationText(tokenizer, request, onText))
                .toList();
        Completions completions = model.completeEach(asked, new TokenListener() {
            @Override
            public boolean accept(int prompt, int id) {
                listener.token(prompt);
                return texts.get(prompt).add(id);
            }

            @Override
            public void finished(int prompt, Completion completion) {
                listener.finished(prompt, texts.get(prompt).finish(completion));
            }
        });
        lastTiming.set(completions.timing());
        return new Generations(texts.stream().map(GenerationText::generation).toList(), completions.timing());
    }

    /**
     * Translates with greedy decoding.
     *
     * @param sources texts to translate
     * @return as {@link #translate(List, int, double)} with one beam
     * @throws IllegalArgumentException when the model has no end token
     */
    public List<String> translate(List<String> sources) {
        Objects.requireNonNull(sources, "sources");
        return translate(sources, 1, 1);
    }

    /**
     * Translates texts, with a model that was trained on source, end token, target, end token. A translation without an
     * end token is cut at twice the length of its source plus 16 tokens, or at the model's positions.
     *
     * @param sources texts to translate
     * @param beams width of beam search; 1 for none
     * @param lengthPenalty a beam's score is its log-probability divided by its number of new tokens to this power
     * @return their translations, in the same order; empty for a source that leaves no room for one
     * @throws IllegalArgumentException when the model has no end token, or a number is out of bounds
     */
    public List<String> translate(List<String> sources, int beams, double lengthPenalty) {
        Objects.requireNonNull(sources, "sources");
        GenerateOptions options = GenerateOptions.upTo(Integer.MAX_VALUE).withBeams(beams, lengthPenalty);
        requireOpen("translate");
        Completions completions = model.completeEach(requests.toTranslate(sources, options), TokenListener.NONE);
        lastTiming.set(completions.timing());
        return completions.all().stream()
                .map(completion -> tokenizer.decode(completion.ids()))
                .toList();
    }

    /**
     * Translates a text, with a model that was trained on source, end token, target, end token.
     *
     * @param source text to translate
     * @param options of generation; the translation is also cut as in {@link #translate(List, int, double)}
     * @param onText given the new text as it comes, in whole characters; with beams, when the best is known
     * @return the whole text
     * @throws IllegalArgumentException when the model has no end token
     */
    public Generation translate(String source, GenerateOptions options, Consumer<String> onText) {
        NullChecks.require("source", source, "options", options, "onText", onText);
        requireOpen("translate");
        return run(requests.toTranslate(List.of(source), options).get(0), onText);
    }

    private void requireOpen(String action) {
        if (closed) {
            ModelConfig shape = model.config().model();
            throw new IllegalStateException("generator of " + shape.layers() + " layers of width " + shape.hidden()
                    + " is closed; open a new one to " + action);
        }
    }

    /**
     * The timing of the calling thread's last request.
     *
     * @return times of {@code generate}, {@code generateAll} or {@code translate}; zero before the first
     */
    public Timing lastTiming() {
        return lastTiming.get();
    }

    /**
     * Frees model and tokenizer, which ends a running request within a step. A generator that borrows them leaves them open:
     * it refuses new requests, and a running one goes on to its end. A second call does nothing.
     */
    @Override
    public void close() {
        closed = true;
        if (owned) {
            model.close();
            tokenizer.close();
        }
    }
}
