package dev.trireme.train;

import java.util.List;
import java.util.Objects;

/**
 * The quality of a model on pairs: loss, BLEU and translations.
 *
 * @param loss of the translations in the corpus, in nats a token
 * @param bleu of the model's translations, 0 to 100
 * @param translations of all pairs, or the model's answers; none for plain texts
 * @param bitsPerByte the loss in bits for each byte of the text that is learned
 */
public record ModelQuality(double loss, double bleu, List<Translation> translations, double bitsPerByte) {
    /** Keeps an unmodifiable copy. */
    public ModelQuality {
        Objects.requireNonNull(translations, "translations");
        translations = List.copyOf(translations);
    }

    /**
     * The share of answers that are those of the data.
     *
     * @return 0 to 1
     */
    public double exactMatch() {
        return Translation.exactMatch(translations);
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
