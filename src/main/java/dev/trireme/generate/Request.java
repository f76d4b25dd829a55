package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.Objects;
import java.util.Optional;

/**
 * What an engine is asked for. The answer depends on nothing else, to the bit: not on other requests, the layout, the
 * cache, or when it was asked for.
 *
 * @param prompt ids below the vocabulary, at least one
 * @param maxNewTokens the most tokens to append, instead of that of the options; 0: nothing is appended
 * @param options of generation
 * @param promptOutput what is told of the prompt's own tokens
 * @param salt requests with different ones share no cached blocks, so that the time which one takes tells nothing of
 *     another
 * @param adapter name of low-rank updates that the engine has loaded; empty for none
 * @param masks allows or forbids tokens step by step; with sampling and greedy decoding only
 */
@SuppressWarnings("ArrayRecordComponent") // ids as the engine takes them
public record Request(
        int[] prompt,
        int maxNewTokens,
        GenerateOptions options,
        PromptOutput promptOutput,
        String salt,
        String adapter,
        Optional<TokenMasks> masks) {
    /** What is told of the prompt's own tokens. */
    public enum PromptOutput {
        /** Nothing. */
        NONE,
        /** The log-probability of each but the first. */
        LOG_PROBABILITIES,
        /** That, and the listener is given the logits after each. */
        LOGITS,
        /** The listener is given the output of the last layer for each, normalised as the head takes it. */
        HIDDEN_STATES
    }

    /**
     * Checks what does not depend on the model.
     *
     * @throws IllegalArgumentException naming what is out of bounds
     */
    public Request {
        NullChecks.require(
                "prompt",
                prompt,
                "options",
                options,
                "promptOutput",
                promptOutput,
                "salt",
                salt,
                "adapter",
                adapter,
                "masks",
                masks);
        if (maxNewTokens < 0) {
            throw new IllegalArgumentException("maxNewTokens is " + maxNewTokens + "; use 0 or more");
        }
        if (masks.isPresent() && options.beams() > 1) {
            throw new IllegalArgumentException("beams is " + options.beams() + "; use 1 with token masks");
        }
    }

    /**
     * A request for a continuation.
     *
     * @param prompt ids below the vocabulary, at least one
     * @param options of generation
     * @return the request, without a salt, masks and a prompt output
     */
    public static Request of(int[] prompt, GenerateOptions options) {
        NullChecks.require("prompt", prompt, "options", options);
        return of(prompt, options.maxNewTokens(), options);
    }

    static Request of(int[] prompt, int maxNewTokens, GenerateOptions options) {
        return new Request(prompt, maxNewTokens, options, PromptOutput.NONE, "", "", Optional.empty());
    }

    /**
     * This with something told of the prompt.
     *
     * @param value of {@link #promptOutput}
     * @return the changed copy
     */
    public Request withPromptOutput(PromptOutput value) {
        Objects.requireNonNull(value, "value");
        return new Request(prompt, maxNewTokens, options, value, salt, adapter, masks);
    }

    /**
     * This without a continuation: what is told of the prompt is the answer.
     *
     * @return the changed copy, whose {@link #maxNewTokens} are 0
     */
    public Request withoutContinuation() {
        return new Request(prompt, 0, options, promptOutput, salt, adapter, masks);
    }

    /**
     * This with a salt.
     *
     * @param value of {@link #salt}
     * @return the changed copy
     */
    public Request withSalt(String value) {
        Objects.requireNonNull(value, "value");
        return new Request(prompt, maxNewTokens, options, promptOutput, value, adapter, masks);
    }

    /**
     * This with an adapter.
     *
     * @param value of {@link #adapter}
     * @return the changed copy
     */
    public Request withAdapter(String value) {
        Objects.requireNonNull(value, "value");
        return new Request(prompt, maxNewTokens, options, promptOutput, salt, value, masks);
    }

    /**
     * This with masks.
     *
     * @param value of {@link #masks}
     * @return the changed copy
     */
    public Request withMasks(TokenMasks value) {
        Objects.requireNonNull(value, "value");
        return new Request(prompt, maxNewTokens, options, promptOutput, salt, adapter, Optional.of(value));
    }

    /** Most positions of a text. */
    int longest() {
        return prompt.length + maxNewTokens;
    }

    /** Texts that are decoded side by side. */
    int width() {
        return maxNewTokens == 0 ? 1 : Math.max(options.beams(), options.choices());
    }
}
