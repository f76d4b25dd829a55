package dev.trireme.generate;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.config.BadInputException;
import dev.trireme.config.HuggingFaceConfig;
import dev.trireme.engine.Device;
import dev.trireme.engine.MicroBatch;
import dev.trireme.engine.Mode;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * A model that answers in token ids: what comes next, and how likely is what is there. One thread at a time.
 *
 * <p>Axes: B rows, T positions, V vocabulary.
 */
public final class LanguageModel implements AutoCloseable {
    /** Enough for full matrix products, few enough that logits (rows, V) stay small. */
    private static final int ROWS_AT_ONCE = 64;

    private final Stage stage;
    private final HuggingFaceConfig config;

    private LanguageModel(Stage stage, HuggingFaceConfig config) {
        this.stage = stage;
        this.config = config;
    }

    /**
     * Loads a model.
     *
     * @param folder in Hugging Face layout
     * @param device {@code cpu} or {@code cuda:N}
     * @param threads of every operator of this process; 0 for one a core
     * @return the model, which the caller closes
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when the device is not there
     */
    public static LanguageModel open(Path folder, String device, int threads) {
        try (HuggingFaceFolder files = HuggingFaceFolder.open(folder)) {
            NativeLibrary.setThreads(
                    threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
            HuggingFaceConfig config = files.config();
            Stage stage = Stage.open(config.model(), 0, config.model().layers(), Device.parse(device));
            try {
                files.load(new StageParameters(stage));
                return of(stage, config);
            } catch (RuntimeException e) {
                stage.close();
                throw e;
            }
        }
    }

    /**
     * A model whose weights are in place already.
     *
     * @param stage all its layers; {@link #close} closes it
     * @param config what it is
     * @return the model
     */
    public static LanguageModel of(Stage stage, HuggingFaceConfig config) {
        return new LanguageModel(stage, config);
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
     */
    public Stage stage() {
        return stage;
    }

    /**
     * Appends the likeliest token again and again.
     *
     * @param prompt ids below the vocabulary, at least one
     * @param maxNewTokens the most tokens to append
     * @return the new ids, without the end token if that came
     * @throws IllegalArgumentException before anything runs, when prompt and new tokens together are more than the
     *     model's positions, or an id is out of range
     */
    public int[] continueGreedily(int[] prompt, int maxNewTokens) {
        Sequence sequence = sequence(prompt, maxNewTokens, token -> {});
        grow(List.of(sequence));
        return sequence.newIds();
    }

    /**
     * Tells how likely a text is.
     *
     * @param ids its tokens, at least one
     * @param onLogits given the logits (V) of each position in order, T times
     * @return log-probability in nats of each token but the first: T − 1 values, computed in float64
     * @throws IllegalArgumentException before anything runs, when there are more ids than the model's positions, or an id
     *     is out of range
     */
    public double[] score(int[] ids, Consumer<float[]> onLogits) {
        check(ids, 0);
        forward(new MicroBatch(ids, new float[ids.length], 1, ids.length, 0));
        double[] scores = new double[ids.length - 1];
        for (int begin = 0; begin < ids.length; begin += ROWS_AT_ONCE) {
            int end = Math.min(begin + ROWS_AT_ONCE, ids.length);
            Logits logits = logits(IntStream.range(begin, end).toArray());
            for (int position = begin; position < end; position++) {
                onLogits.accept(logits.row(position - begin));
                if (position < scores.length) {
                    scores[position] = logits.logProbability(position - begin, ids[position + 1]);
                }
            }
        }
        return scores;
    }

    /** Frees the model. */
    @Override
    public void close() {
        stage.close();
    }

    /** Makes a sequence that fits the model. */
    Sequence sequence(int[] prompt, int maxNewTokens, IntConsumer onToken) {
        check(prompt, maxNewTokens);
        return new Sequence(prompt, maxNewTokens, onToken);
    }

    /** Grows all sequences until they are done. Those that are done drop out. */
    void grow(List<Sequence> sequences) {
        for (int begin = 0; begin < sequences.size(); begin += ROWS_AT_ONCE) {
            List<Sequence> growing =
                    new ArrayList<>(sequences.subList(begin, Math.min(begin + ROWS_AT_ONCE, sequences.size())));
            growing.removeIf(Sequence::isDone);
            while (!growing.isEmpty()) {
                appendOne(growing);
                growing.removeIf(Sequence::isDone);
            }
        }
    }

    /** A causal model does not look to the right, so what pads the shorter rows there does not matter. */
    private void appendOne(List<Sequence> rows) {
        int length = rows.stream().mapToInt(Sequence::length).max().orElseThrow();
        int[] ids = new int[rows.size() * length];
        int[] last = new int[rows.size()];
        for (int row = 0; row < rows.size(); row++) {
            rows.get(row).copyTo(ids, row * length);
            last[row] = row * length + rows.get(row).length() - 1;
        }
        forward(new MicroBatch(ids, new float[ids.length], rows.size(), length, 0));
        Logits logits = logits(last);
        for (int row = 0; row < rows.size(); row++) {
            rows.get(row).append(logits.likeliest(row), config.specialTokens().end());
        }
    }

    private void forward(MicroBatch batch) {
        stage.load(0, batch);
        stage.forward(0, Mode.INFER);
    }

    private Logits logits(int[] positions) {
        return new Logits(stage.logits(0, positions), config.model().vocabulary());
    }

    private void check(int[] prompt, int maxNewTokens) {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("there are no tokens to start from; give at least one");
        }
        int positions = config.model().positions();
        if ((long) prompt.length + maxNewTokens > positions) {
            throw new IllegalArgumentException(
                    prompt.length + " tokens and " + maxNewTokens + " new ones are more than the " + positions
                            + " positions of the model; use a shorter text or fewer new tokens");
        }
        int vocabulary = config.model().vocabulary();
        for (int i = 0; i < prompt.length; i++) {
            if (prompt[i] < 0 || prompt[i] >= vocabulary) {
                throw new IllegalArgumentException("id " + prompt[i] + " at index " + i
                        + " is not one of the model's; use 0 to " + (vocabulary - 1));
            }
        }
    }
}
