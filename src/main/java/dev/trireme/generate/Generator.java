package dev.trireme.generate;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.BadInputException;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.Tokenizer;
import dev.trireme.engine.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A model that answers in text. One thread at a time.
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
    private Timing lastTiming = Timing.NONE;

    private Generator(LanguageModel model, Tokenizer tokenizer) {
        this.model = model;
        this.tokenizer = tokenizer;
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
     * @param weights what for, and in which type
     * @return the generator, which the caller closes
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when the device is not there, or the weights do not fit into its memory
     */
    public static Generator open(Path folder, String device, int threads, Weights weights) {
        Path tokenizerFile;
        try (HuggingFaceFolder files = HuggingFaceFolder.open(folder)) {
            tokenizerFile = files.tokenizer();
        }
        Tokenizer tokenizer = Tokenizer.open(tokenizerFile);
        try {
            return of(LanguageModel.open(folder, device, threads, weights), tokenizer);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    /**
     * A generator of parts that are open already.
     *
     * @param model its vocabulary covers the tokenizer's; {@link #close} closes it
     * @param tokenizer {@link #close} closes it
     * @return the generator
     * @throws BadInputException when the tokenizer has ids that the model does not know
     */
    public static Generator of(LanguageModel model, Tokenizer tokenizer) {
        int vocabulary = model.config().model().vocabulary();
        if (tokenizer.vocabularySize() > vocabulary) {
            throw new BadInputException(
                    "tokenizer.json has " + tokenizer.vocabularySize() + " tokens but the model knows " + vocabulary
                            + "; use the tokenizer that the model was trained with");
        }
        return new Generator(model, tokenizer);
    }

    /**
     * Continues a text.
     *
     * @param prompt where to start, not empty
     * @param options how to go on
     * @param onText given the new text as it comes, in whole characters; with beams, when the best is known
     * @return the whole of it
     * @throws IllegalArgumentException before anything runs, when the prompt is empty, prompt and new tokens are more
     *     than the model's positions, or the cache does not fit into memory
     */
    public Generation generate(String prompt, GenerateOptions options, Consumer<String> onText) {
        return generate(List.of(prompt), options, List.of(new Output(options, onText)))
                .all()
                .get(0);
    }

    /**
     * Continues a text, and answers when it is complete.
     *
     * @param prompt where to start, not empty
     * @param options how to go on
     * @return what came
     * @throws IllegalArgumentException as {@link #generate(String, GenerateOptions, Consumer)}
     */
    public Generation generate(String prompt, GenerateOptions options) {
        return generateAll(List.of(prompt), options).all().get(0);
    }

    /**
     * Continues texts of any lengths together. Each gets what it would get alone.
     *
     * @param prompts where to start, none empty
     * @param options how to go on
     * @return what came of each, in the same order
     * @throws IllegalArgumentException as {@link #generate(String, GenerateOptions, Consumer)}, naming the prompt
     */
    public Generations generateAll(List<String> prompts, GenerateOptions options) {
        boolean follow = !options.stop().isEmpty();
        return generate(
                prompts,
                options,
                follow
                        ? prompts.stream()
                                .map(prompt -> new Output(options, text -> {}))
                                .toList()
                        : List.of());
    }

    /** @param outputs one for each prompt, or none at all: then texts are decoded at the end, once */
    private Generations generate(List<String> prompts, GenerateOptions options, List<Output> outputs) {
        List<int[]> ids = prompts.stream().map(tokenizer::encodePrompt).toList();
        Completions completions = model.complete(
                ids,
                options,
                outputs.isEmpty()
                        ? TokenListener.NONE
                        : (prompt, id) -> outputs.get(prompt).add(id));
        lastTiming = completions.timing();
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Completion completion = completions.all().get(i);
            String text = outputs.isEmpty()
                    ? tokenizer.decode(completion.ids())
                    : outputs.get(i).finish();
            boolean stopped = !outputs.isEmpty() && outputs.get(i).stop.isStopped();
            generations.add(new Generation(
                    text,
                    Arrays.stream(completion.ids()).boxed().toList(),
                    ids.get(i).length,
                    stopped ? StopReason.STOP_TEXT : completion.stop(),
                    Arrays.stream(completion.logProbabilities()).boxed().toList()));
        }
        return new Generations(generations, lastTiming);
    }

    /** Tokens to text to the listener, up to a stop text. */
    private final class Output {
        private final StopText stop;
        private final TextStream text;

        Output(GenerateOptions options, Consumer<String> onText) {
            stop = new StopText(options.stop(), onText);
            text = new TextStream(tokenizer, stop::add);
        }

        boolean add(int id) {
            text.add(id);
            return !stop.isStopped();
        }

        String finish() {
            text.finish();
            return stop.finish();
        }
    }

    /**
     * Translates with the likeliest tokens.
     *
     * @param sources texts to translate
     * @return as {@link #translate(List, int, double)} with one beam
     * @throws IllegalArgumentException when the model has no end token
     */
    public List<String> translate(List<String> sources) {
        return translate(sources, 1, 1);
    }

    /**
     * Translates, with a model that was trained on source, end token, target, end token. A translation that comes to no
     * end is cut at twice the length of its source and 16 tokens, or at the model's positions.
     *
     * @param sources texts to translate
     * @param beams width of beam search; 1 for none
     * @param lengthPenalty a beam's score is its log-probability divided by its number of new tokens to this power
     * @return their translations, in the same order; empty for a source that leaves no room for one
     * @throws IllegalArgumentException when the model has no end token, or a number is out of bounds
     */
    public List<String> translate(List<String> sources, int beams, double lengthPenalty) {
        int end = model.config().specialTokens().end();
        if (end == SpecialTokens.ABSENT) {
            throw new IllegalArgumentException(
                    "the model has no end token, so it was not trained to translate; use generate");
        }
        List<Prompt> prompts = sources.stream()
                .map(source -> translation(tokenizer.encode(source), end))
                .toList();
        GenerateOptions options = GenerateOptions.upTo(1).withBeams(beams, lengthPenalty);
        Completions completions = model.completeEach(prompts, options, TokenListener.NONE);
        lastTiming = completions.timing();
        return completions.all().stream()
                .map(completion -> tokenizer.decode(completion.ids()))
                .toList();
    }

    private Prompt translation(int[] source, int end) {
        int positions = model.config().model().positions();
        int[] prompt = Arrays.copyOf(source, Math.min(source.length, positions - 1) + 1);
        prompt[prompt.length - 1] = end;
        return new Prompt(prompt, Math.min(2 * source.length + 16, positions - prompt.length));
    }

    /**
     * How long the last request took.
     *
     * @return of {@code generate}, {@code generateAll} or {@code translate}; of nothing before the first
     */
    public Timing lastTiming() {
        return lastTiming;
    }

    /** Frees model and tokenizer. */
    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }
}
