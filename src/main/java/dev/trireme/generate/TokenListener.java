package dev.trireme.generate;

/**
 * Told of every new token as it comes; of the beams' tokens when the best is known. It is called once at a time, but where
 * several groups of prompts are in flight on threads of the model's.
 */
@FunctionalInterface
public interface TokenListener {
    /** Lets every sequence go on. */
    TokenListener NONE = (prompt, id) -> true;

    /**
     * Takes a token, but never the one that ends a text.
     *
     * @param prompt whose: its number in the request, from 0
     * @param id the token
     * @return whether the sequence goes on; if not, it stops for {@link StopReason#STOP_TEXT}
     */
    boolean accept(int prompt, int id);

    /**
     * Takes what has become of a prompt, once for each.
     *
     * @param prompt its number in the request, from 0
     * @param completion all of it
     */
    default void finished(int prompt, Completion completion) {}
}
