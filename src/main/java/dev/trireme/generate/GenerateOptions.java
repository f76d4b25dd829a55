package dev.trireme.generate;

/**
 * How to generate.
 *
 * @param maxNewTokens the most tokens to append
 */
public record GenerateOptions(int maxNewTokens) {
    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException when it is not positive
     */
    public GenerateOptions {
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException("maxNewTokens is " + maxNewTokens + "; use 1 or more");
        }
    }
}
