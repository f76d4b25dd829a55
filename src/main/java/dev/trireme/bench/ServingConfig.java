package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.Objects;

/**
 * A load of requests: greedy continuations of random tokens.
 *
 * @param requests how many
 * @param rate mean arrivals a second, by a Poisson process; 0 for as soon as another is done
 * @param concurrency requests under way at once, where there is no rate
 * @param prompt lengths of prompts
 * @param newTokens numbers of tokens to append
 * @param sharedPrefix tokens that all prompts begin with, before their own
 * @param seed of lengths, tokens and arrivals
 */
public record ServingConfig(
        int requests, double rate, int concurrency, Range prompt, Range newTokens, int sharedPrefix, long seed) {
    /**
     * Numbers that are drawn evenly.
     *
     * @param least the smallest
     * @param most the largest
     */
    public record Range(int least, int most) {
        /**
         * Checks the order.
         *
         * @throws IllegalArgumentException when there is no number from 1 up in it
         */
        public Range {
            Requirements.within("least", least, 1, 1 << 20);
            Requirements.within("most", most, least, 1 << 20);
        }

        /**
         * Parses a number, or two with a hyphen.
         *
         * @param text such as 64 or 16-512
         * @return the range
         * @throws IllegalArgumentException when it is neither
         */
        public static Range parse(String text) {
            Objects.requireNonNull(text, "text");
            if (!text.matches("\\d{1,7}(-\\d{1,7})?")) {
                throw new IllegalArgumentException("length is " + text + "; use a number, or two such as 16-512");
            }
            String[] ends = text.split("-", 2);
            return new Range(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
        }

        @Override
        public String toString() {
            return least == most ? "" + least : least + "-" + most;
        }
    }

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public ServingConfig {
        NullChecks.require("prompt", prompt, "newTokens", newTokens);
        Requirements.within("requests", requests, 1, 1 << 20);
        Requirements.that(rate >= 0 && rate <= 1e6, "rate", rate, "requests a second, up to 1e6");
        Requirements.within("concurrency", concurrency, 1, 4096);
        Requirements.within("sharedPrefix", sharedPrefix, 0, 1 << 20);
    }
}
