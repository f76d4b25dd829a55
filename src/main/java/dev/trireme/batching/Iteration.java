package dev.trireme.batching;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * What one pass through the model computes.
 *
 * @param spans tokens of branches, each branch at most once
 * @param copies of blocks, to be made before
 * @param decoding number of spans that are the newest token of a text that has begun
 */
public record Iteration(List<Span> spans, List<Copy> copies, int decoding) {
    /** Keeps unmodifiable copies. */
    public Iteration {
        NullChecks.require("spans", spans, "copies", copies);
        spans = List.copyOf(spans);
        copies = List.copyOf(copies);
    }

    /**
     * Tokens of a branch.
     *
     * @param job of the branch
     * @param branch whose tokens
     * @param first position
     * @param count of tokens
     * @param chooses whether the last of them is the text's last, after which a token is to be chosen
     */
    public record Span(Job job, Branch branch, int first, int count, boolean chooses) {
        /** Checks that no component is null. */
        public Span {
            NullChecks.require("job", job, "branch", branch);
        }
    }

    /**
     * A block that two branches shared, of which one goes on.
     *
     * @param from the shared block
     * @param to its copy
     */
    public record Copy(int from, int to) {}

    /**
     * Tokens of all spans.
     *
     * @return their number
     */
    public int tokens() {
        return spans.stream().mapToInt(Span::count).sum();
    }
}
