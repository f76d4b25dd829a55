package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * The texts that a model appended to several prompts.
 *
 * @param all one for each prompt, in the same order
 * @param timing how long it took
 */
public record Generations(List<Generation> all, Timing timing) {
    /** Keeps an unmodifiable copy. */
    public Generations {
        NullChecks.require("all", all, "timing", timing);
        all = List.copyOf(all);
    }
}
