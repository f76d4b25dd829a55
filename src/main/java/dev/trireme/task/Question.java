package dev.trireme.task;

import dev.trireme.config.NullChecks;

/**
 * What a model is asked, and what it should answer.
 *
 * @param shown the question for people
 * @param prompt its tokens
 * @param answer that the data has
 */
@SuppressWarnings("ArrayRecordComponent") // as generation takes it
public record Question(String shown, int[] prompt, String answer) {
    /** Checks that no component is null. */
    public Question {
        NullChecks.require("shown", shown, "prompt", prompt, "answer", answer);
    }
}
