package dev.trireme.generate;

/**
 * A listener for the progress of a request. Calls do not overlap. With several groups in flight they come on threads of
 * the model.
 */
public interface GenerationListener {
    /** A listener that does nothing. */
    GenerationListener NONE = new GenerationListener() {};

    /**
     * A token was appended to a prompt; with beams, once the best is known.
     *
     * @param prompt its number in the request, from 0
     */
    default void token(int prompt) {}

    /**
     * A prompt is finished.
     *
     * @param prompt its number in the request, from 0
     * @param generation its result
     */
    default void finished(int prompt, Generation generation) {}
}
