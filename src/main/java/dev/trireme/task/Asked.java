package dev.trireme.task;

import java.util.Objects;

/**
 * How a person asks a trained model what a document asks it.
 *
 * @param byTemplate whether the model's chat template writes the question, as it did for training; else it is the text alone
 * @param text the last turn of the user, or all before the completion
 */
public record Asked(boolean byTemplate, String text) {
    /** Checks that the text is not null. */
    public Asked {
        Objects.requireNonNull(text, "text");
    }
}
