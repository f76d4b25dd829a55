package dev.trireme.generate;

/**
 * A listener for new tokens; with beams, once the best is known. Calls do not overlap. With several groups in flight
 * they come on threads of the model.
 */
@FunctionalInterface
public interface TokenListener {
    /** A listener that never stops a sequence. */
    TokenListener NONE = (prompt, id) -> true;

    /**
     * A token was appended. Not called for the end token.
     *
     * @param prompt its number in the request, from 0
     * @param id the token
     * @return whether to continue; otherwise the sequence stops with {@link StopReason#STOP_TEXT}
     */
    boolean accept(int prompt, int id);

    /**
     * A prompt is finished. Called once for each.
     *
     * @param prompt its number in the request, from 0
     * @param completion its result
     */
    default void finished(int prompt, Completion completion) {}
}
