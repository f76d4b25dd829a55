package dev.trireme.generate;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.BadInputException;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/** A model that answers in text. One thread at a time. */
public final class Generator implements AutoCloseable {
    private final LanguageModel model;
    private final Tokenizer tokenizer;

    private Generator(LanguageModel model, Tokenizer tokenizer) {
        this.model = model;
        this.tokenizer = tokenizer;
    }

    /**
     * Loads a model and its tokenizer on the CPU, using all cores.
     *
     * @param folder in Hugging Face layout
     * @return the generator, which the caller closes
     * @throws BadInputException when a file is not what it should be
     */
    public static Generator open(Path folder) {
        return open(folder, "cpu", 0);
    }

    /**
     * Loads a model and its tokenizer.
     *
     * @param folder in Hugging Face layout
     * @param device {@code cpu} or {@code cuda:N}
     * @param threads of every operator of this process; 0 for one a core
     * @return the generator, which the caller closes
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when the device is not there
     */
    public static Generator open(Path folder, String device, int threads) {
        Path tokenizerFile;
        try (HuggingFaceFolder files = HuggingFaceFolder.open(folder)) {
            tokenizerFile = files.tokenizer();
        }
        Tokenizer tokenizer = Tokenizer.open(tokenizerFile);
        try {
            return of(LanguageModel.open(folder, device, threads), tokenizer);
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
     * Continues a text with the likeliest tokens.
     *
     * @param prompt where to start, not empty
     * @param options how far to go
     * @param onText given the new text as it comes, in whole characters
     * @return the whole of it
     * @throws IllegalArgumentException before anything runs, when the prompt is empty or prompt and new tokens are more
     *     than the model's positions
     */
    public Generation generate(String prompt, GenerateOptions options, Consumer<String> onText) {
        TextStream text = new TextStream(tokenizer, onText);
        Sequence sequence = model.sequence(tokenizer.encode(prompt), options.maxNewTokens(), text::add);
        int promptTokens = sequence.length();
        model.grow(List.of(sequence));
        List<Integer> ids = Arrays.stream(sequence.newIds()).boxed().toList();
        return new Generation(text.finish(), ids, promptTokens, sequence.stop());
    }

    /**
     * Translates, with a model that was trained on source, end token, target, end token. A translation that comes to no
     * end is cut at twice the length of its source and 16 tokens, or at the model's positions.
     *
     * @param sources texts to translate
     * @return their translations, in the same order; empty for a source that leaves no room for one
     * @throws IllegalArgumentException when the model has no end token
     */
    public List<String> translate(List<String> sources) {
        int end = model.config().specialTokens().end();
        if (end == SpecialTokens.ABSENT) {
            throw new IllegalArgumentException(
                    "the model has no end token, so it was not trained to translate; use generate");
        }
        List<Sequence> sequences = new ArrayList<>();
        for (String source : sources) {
            sequences.add(translation(tokenizer.encode(source), end));
        }
        model.grow(sequences.stream()
                .sorted(Comparator.comparingInt(Sequence::length))
                .toList());
        return sequences.stream()
                .map(sequence -> tokenizer.decode(sequence.newIds()))
                .toList();
    }

    private Sequence translation(int[] source, int end) {
        int positions = model.config().model().positions();
        int[] prompt = Arrays.copyOf(source, Math.min(source.length, positions - 1) + 1);
        prompt[prompt.length - 1] = end;
        return model.sequence(prompt, Math.min(2 * source.length + 16, positions - prompt.length), token -> {});
    }

    /** Frees model and tokenizer. */
    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }
}
