package dev.trireme.train;

import java.util.List;
import java.util.Objects;

/**
 * How good a model is on pairs.
 *
 * @param loss of the translations in the corpus, in nats a token
 * @param bleu of the model's translations, 0 to 100
 * @param translations of all pairs
 */
public record ModelQuality(double loss, double bleu, List<Translation> translations) {
    /** Keeps an unmodifiable copy. */
    public ModelQuality {
        Objects.requireNonNull(translations, "translations");
        translations = List.copyOf(translations);
    }

    /**
     * Among how many tokens the model is torn.
     *
     * @return e to the power of the loss
     */
    public double perplexity() {
        return Math.exp(loss);
    }
}
