package dev.trireme.generate;

/** Told of every new token as it comes; of the beams' tokens when the best is known. */
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
}
