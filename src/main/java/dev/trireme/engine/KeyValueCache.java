package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import dev.trireme.model.ModelConfig;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The key/value cache of a stage, so that generation computes new tokens only: a pool of blocks of {@link #BLOCK}
 * positions. The caller knows which sequence has which blocks. Results of a sequence do not depend, to the bit, on other
 * sequences of a pass or on how it is split into passes. Errors are those of {@link Stage}.
 */
public final class KeyValueCache implements AutoCloseable {
    /** Positions of a block. */
    public static final int BLOCK = 32;

    private static final long WORTH_ASKING_BYTES = 1 << 28; // whether so much memory is free
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final StageHandle handle;
    private final Optional<KeyValueCache> previous;
    private final int number;
    private final ModelConfig model;

    private KeyValueCache(StageHandle handle, Optional<KeyValueCache> previous, int number, ModelConfig model) {
        this.handle = handle;
        this.previous = previous;
        this.number = number;
        this.model = model;
    }

    /**
     * Opens a cache on each stage of a model.
     *
     * @param stages all of them, in order
     * @param blocks of each cache
     * @param type of keys and values
     * @return the caches, in order, which the caller closes
     * @throws IllegalArgumentException when there is not as much memory
     */
    public static List<KeyValueCache> open(List<Stage> stages, int blocks, CacheType type) {
        NullChecks.require("stages", stages, "type", type);
        int number = NUMBERS.getAndIncrement();
        List<KeyValueCache> caches = new ArrayList<>();
        try {
            for (Stage stage : stages) {
                Optional<KeyValueCache> before =
                        caches.isEmpty() ? Optional.empty() : Optional.of(caches.get(caches.size() - 1));
                KeyValueCache cache = new KeyValueCache(stage.handle(), before, number, stage.model());
                cache.open(stage, blocks, type);
                caches.add(cache);
            }
        } catch (RuntimeException | Error e) {
            caches.forEach(KeyValueCache::close);
            throw e;
        }
        return List.copyOf(caches);
    }

    private void open(Stage stage, int blocks, CacheType type) {
        long bytes = Math.max(0, blocks) * stage.blockBytes(type);
        if (bytes >= WORTH_ASKING_BYTES) { // the kernel would grant more than there is, and end the process later
            Memory.require(
                    "the keys and values of " + handle,
                    bytes,
                    Memory.available(stage.device()),
                    "give the cache less memory");
        }
        handle.run("open a cache", opened -> opened.open_cache(number, blocks, NativeModels.of(type)));
    }

    /**
     * Runs new tokens of sequences through the layers, after the same call for the previous stage.
     *
     * @param pass a small number that the caller chooses: its output is kept until the next call with the same number
     * @param rows tokens, and where they go
     */
    public void extend(int pass, TokenRows rows) {
        Objects.requireNonNull(rows, "rows");
        int count = rows.counts().length;
        handle.run(
                "extend pass " + pass,
                stage -> previous.ifPresentOrElse(
                        before -> before.handle.lend(
                                "give the output of pass " + pass,
                                source -> stage.extend(
                                        number,
                                        pass,
                                        count,
                                        rows.firsts(),
                                        rows.counts(),
                                        rows.tables(),
                                        rows.ids(),
                                        rows.adapters(),
                                        source)),
                        () -> stage.extend(
                                number,
                                pass,
                                count,
                                rows.firsts(),
                                rows.counts(),
                                rows.tables(),
                                rows.ids(),
                                rows.adapters())));
    }

    /**
     * Chooses next tokens, on the stage with the head.
     *
     * @param pass its number
     * @param tokens indices into its ids
     * @param rules one for each of these
     * @return the chosen tokens
     */
    public Choices choose(int pass, int[] tokens, List<ChoiceRule> rules) {
        NullChecks.require("tokens", tokens, "rules", rules);
        if (tokens.length != rules.size()) {
            throw new IllegalArgumentException(
                    tokens.length + " tokens and " + rules.size() + " rules do not fit; give a rule for each token");
        }
        return handle.call(
                "choose tokens of pass " + pass,
                stage -> Choices.of(
                        rules,
                        model.vocabulary(),
                        (encoded, ids, values, bestIds) -> stage.choose(
                                number,
                                pass,
                                IntBuffer.wrap(tokens),
                                tokens.length,
                                encoded.numbers(),
                                encoded.draws(),
                                encoded.lists(),
                                encoded.biases(),
                                encoded.masks(),
                                ids,
                                values,
                                bestIds)));
    }

    /**
     * Copies logits out, on the stage with the head.
     *
     * @param pass its number
     * @param tokens indices into its ids
     * @param logits filled from position 0 with float32 (tokens, vocabulary), row by row; direct, in native order
     */
    public void logits(int pass, int[] tokens, FloatBuffer logits) {
        NullChecks.require("tokens", tokens, "logits", logits);
        HostMemory.requireRoom(logits, (long) tokens.length * model.vocabulary());
        handle.run(
                "logits of pass " + pass,
                stage -> stage.logits(
                        number,
                        pass,
                        IntBuffer.wrap(tokens),
                        tokens.length,
                        logits.duplicate().clear()));
    }

    /**
     * Copies outputs of the last layer after the final norm out, on the stage with the head.
     *
     * @param pass its number
     * @param tokens indices into its ids
     * @param hidden filled from position 0 with float32 (tokens, hidden), row by row; direct, in native order
     */
    public void hiddenStates(int pass, int[] tokens, FloatBuffer hidden) {
        NullChecks.require("tokens", tokens, "hidden", hidden);
        HostMemory.requireRoom(hidden, (long) tokens.length * model.hidden());
        handle.run(
                "hidden states of pass " + pass,
                stage -> stage.hidden_states(
                        number,
                        pass,
                        IntBuffer.wrap(tokens),
                        tokens.length,
                        hidden.duplicate().clear()));
    }

    /**
     * Copies blocks, one after the other.
     *
     * @param from each block to copy
     * @param to where it goes
     */
    public void copy(int[] from, int[] to) {
        NullChecks.require("from", from, "to", to);
        if (from.length != to.length) {
            throw new IllegalArgumentException(
                    from.length + " blocks cannot be copied to " + to.length + "; give as many");
        }
        handle.run("copy blocks", stage -> stage.copy_blocks(number, from.length, from, to));
    }

    /** Frees the cache; also when the stage is closed already. A second call does nothing. */
    @Override
    public void close() {
        try {
            handle.run("close a cache", stage -> stage.close_cache(number));
        } catch (IllegalStateException e) {
            return; // the stage is closed, and with it all that it had
        }
    }
}
