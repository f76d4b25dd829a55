package dev.trireme.train;

import java.util.List;
import java.util.Objects;

/**
 * What the model answers to a few prompts of the validation part, the same ones after each epoch.
 *
 * @param epoch after which
 * @param samples translations, answers, or how texts go on, beside those of the data
 */
public record EpochSamples(int epoch, List<Translation> samples) implements RunEvent {
    /** Copies the list. */
    public EpochSamples {
        Objects.requireNonNull(samples, "samples");
        samples = List.copyOf(samples);
    }
}
