package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.List;
import java.util.Objects;

/**
 * Options of generation.
 *
 * @param maxNewTokens the most tokens to append
 * @param sampling how each token is chosen
 * @param stop texts that end the generation; what is generated ends before the first that comes
 * @param logProbabilities whether to return the log-probability of each token
 * @param keyValueCache whether keys and values are cached; without, every step recomputes the whole text and gives the
 *     same tokens
 * @param beams width of beam search; 1 for none
 * @param lengthPenalty a beam's score is its log-probability divided by its number of new tokens to this power
 * @param specialTokens whether special tokens that are spelled out in a prompt become their one id; else they are text
 * @param choices how many texts are generated from the prompt, each with random numbers of its own
 * @param best how many of the most probable tokens are told of with each token, also of a prompt that is scored
 */
public record GenerateOptions(
        int maxNewTokens,
        Sampling sampling,
        List<String> stop,
        boolean logProbabilities,
        boolean keyValueCache,
        int beams,
        double lengthPenalty,
        boolean specialTokens,
        int choices,
        int best) {
    /** Most beams, and most choices. */
    public static final int MOST_BEAMS = EngineConfig.ROWS;

    /**
     * Checks the values, keeping an unmodifiable copy of the list.
     *
     * @throws IllegalArgumentException naming what is out of bounds, its value and what it may be
     */
    public GenerateOptions {
        NullChecks.require("sampling", sampling, "stop", stop);
        stop = List.copyOf(stop);
        require(maxNewTokens >= 1, "maxNewTokens", maxNewTokens, "1 or more");
        require(!stop.contains(""), "stop", stop, "texts that are not empty");
        require(beams >= 1 && beams <= MOST_BEAMS, "beams", beams, "1 to " + MOST_BEAMS);
        require(choices >= 1 && choices <= MOST_BEAMS, "choices", choices, "1 to " + MOST_BEAMS);
        require(choices == 1 || beams == 1, "choices", choices, "1 with beams: beam search gives the best text");
        require(best >= 0 && best <= 1024, "best", best, "0 to 1024");
        require(Math.abs(lengthPenalty) <= 100, "lengthPenalty", lengthPenalty, "-100 to 100");
        require(
                beams == 1 || sampling.equals(Sampling.GREEDY.withSeed(sampling.seed())),
                "beams",
                beams,
                "1 with sampling: beam search has no temperature, cut-offs or penalty of repetition");
        require(beams == 1 || stop.isEmpty(), "beams", beams, "1 with stop texts: beam search stops at the end token");
    }

    private static void require(boolean holds, String name, Object value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + allowed);
        }
    }

    /**
     * Greedy decoding until the end token.
     *
     * @param maxNewTokens the most tokens to append
     * @return options without stop texts, log-probabilities and beams, with a cache
     * @throws IllegalArgumentException when the number is not positive
     */
    public static GenerateOptions upTo(int maxNewTokens) {
        return new GenerateOptions(maxNewTokens, Sampling.GREEDY, List.of(), false, true, 1, 1, false, 1, 0);
    }

    /**
     * These with another way to draw tokens.
     *
     * @param value of {@link #sampling}
     * @return the changed copy
     * @throws IllegalArgumentException when it does not go with the beams
     */
    public GenerateOptions withSampling(Sampling value) {
        Objects.requireNonNull(value, "value");
        return new GenerateOptions(
                maxNewTokens,
                value,
                stop,
                logProbabilities,
                keyValueCache,
                beams,
                lengthPenalty,
                specialTokens,
                choices,
                best);
    }

    /**
     * These with other texts to stop at.
     *
     * @param value of {@link #stop}
     * @return the changed copy
     * @throws IllegalArgumentException when one is empty, or they do not go with the beams
     */
    public GenerateOptions withStop(List<String> value) {
        Objects.requireNonNull(value, "value");
        return new GenerateOptions(
                maxNewTokens,
                sampling,
                value,
                logProbabilities,
                keyValueCache,
                beams,
                lengthPenalty,
                specialTokens,
                choices,
                best);
    }

    /**
     * These with or without log-probabilities.
     *
     * @param value of {@link #logProbabilities}
     * @return the changed copy
     */
    public GenerateOptions withLogProbabilities(boolean value) {
        return new GenerateOptions(
                maxNewTokens, sampling, stop, value, keyValueCache, beams, lengthPenalty, specialTokens, choices, best);
    }

    /**
     * These with or without a cache.
     *
     * @param value of {@link #keyValueCache}
     * @return the changed copy
     */
    public GenerateOptions withKeyValueCache(boolean value) {
        return new GenerateOptions(
                maxNewTokens,
                sampling,
                stop,
                logProbabilities,
                value,
                beams,
                lengthPenalty,
                specialTokens,
                choices,
                best);
    }

    /**
     * These with beam search.
     *
     * @param width of {@link #beams}
     * @param penalty of {@link #lengthPenalty}
     * @return the changed copy
     * @throws IllegalArgumentException when one is out of bounds, or beams do not go with sampling or stop texts
     */
    public GenerateOptions withBeams(int width, double penalty) {
        return new GenerateOptions(
                maxNewTokens,
                sampling,
                stop,
                logProbabilities,
                keyValueCache,
                width,
                penalty,
                specialTokens,
                choices,
                best);
    }

    /**
     * These with or without special tokens in prompts.
     *
     * @param value of {@link #specialTokens}; true only for prompts that a program has made
     * @return the changed copy
     */
    public GenerateOptions withSpecialTokens(boolean value) {
        return new GenerateOptions(
                maxNewTokens,
                sampling,
                stop,
                logProbabilities,
                keyValueCache,
                beams,
                lengthPenalty,
                value,
                choices,
                best);
    }

    /**
     * These with several texts for each prompt.
     *
     * @param value of {@link #choices}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds, or there are beams
     */
    public GenerateOptions withChoices(int value) {
        return new GenerateOptions(
                maxNewTokens,
                sampling,
                stop,
                logProbabilities,
                keyValueCache,
                beams,
                lengthPenalty,
                specialTokens,
                value,
                best);
    }

    /**
     * These with the most probable tokens at each place.
     *
     * @param value of {@link #best}
     * @return the changed copy
     * @throws IllegalArgumentException when it is out of bounds
     */
    public GenerateOptions withBest(int value) {
        return new GenerateOptions(
                maxNewTokens,
                sampling,
                stop,
                logProbabilities,
                keyValueCache,
                beams,
                lengthPenalty,
                specialTokens,
                choices,
                value);
    }
}
