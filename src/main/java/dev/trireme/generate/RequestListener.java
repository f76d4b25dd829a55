package dev.trireme.generate;

import java.util.List;

/**
 * Hears what becomes of a request. Calls do not overlap, come on a thread of the engine, and keep all other requests
 * waiting, so they should be quick. What one throws fails the request alone.
 */
public interface RequestListener {
    /** A listener that does nothing. */
    RequestListener NONE = new RequestListener() {};

    /**
     * The logits after a token of the prompt, if they were asked for; in order.
     *
     * @param logits (V) float32
     */
    default void promptLogits(float[] logits) {}

    /**
     * The output of the last layer for a token of the prompt, after the final norm, if it was asked for; in order.
     *
     * @param hidden (C) float32
     */
    default void promptHidden(float[] hidden) {}

    /**
     * The log-probability of the prompt's next token, if it was asked for: of each but the first, in order.
     *
     * @param scored the token and its log-probability
     * @param best the most probable tokens at its place, the most probable first; empty unless asked for
     */
    default void promptScored(Completion.Ranked scored, List<Completion.Ranked> best) {}

    /**
     * The log-probability of the token that {@link #token} tells of next, if it was asked for.
     *
     * @param choice number of the text among those of the request, from 0
     * @param scored the token, its log-probability before temperature and truncation
     * @param best the most probable tokens at its place, the most probable first; empty unless asked for
     */
    default void scored(int choice, Completion.Ranked scored, List<Completion.Ranked> best) {}

    /**
     * A token was appended; with beams, once the best is known. Not called for the end token.
     *
     * @param choice number of the text among those of the request, from 0
     * @param id the token
     * @return whether to go on; otherwise the text ends with {@link StopReason#STOP_TEXT}
     */
    default boolean token(int choice, int id) {
        return true;
    }

    /**
     * The request is done. Nothing is called afterwards.
     *
     * @param answer to it
     */
    default void finished(Answer answer) {}

    /**
     * The request failed, or was cancelled. Nothing is called afterwards.
     *
     * @param cause why
     */
    default void failed(Throwable cause) {}
}
