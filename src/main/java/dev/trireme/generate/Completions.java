package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * The tokens that a model appended to several prompts.
 *
 * @param all one for each prompt, in the same order
 * @param timing how long it took
 */
public record Completions(List<Completion> all, Timing timing) {
    /** Keeps an unmodifiable copy. */
    public Completions {
        NullChecks.require("all", all, "timing", timing);
        all = List.copyOf(all);
    }
}
