package dev.trireme.train;

import java.util.List;
import java.util.Objects;

/**
 * The quality of a model on pairs: loss, BLEU and translations.
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
     * The perplexity.
     *
     * @return e to the power of the loss
     */
    public double perplexity() {
        return Math.exp(loss);
    }
}
