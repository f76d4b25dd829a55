package dev.trireme.generate;

/**
 * Told how a request of many prompts goes. It is called once at a time, but where several groups of prompts are in flight
 * on threads of the model's.
 */
public interface GenerationListener {
    /** Does nothing. */
    GenerationListener NONE = new GenerationListener() {};

    /**
     * A prompt has got one more token; with beams, when the best is known.
     *
     * @param prompt its number in the request, from 0
     */
    default void token(int prompt) {}

    /**
     * Nothing more comes for a prompt.
     *
     * @param prompt its number in the request, from 0
     * @param generation what has come
     */
    default void finished(int prompt, Generation generation) {}
}
