package dev.trireme.train;

import dev.trireme.config.NullChecks;

/**
 * How good the model is on a part of the data.
 *
 * @param part {@code validation} after an epoch, {@code test} at the end
 * @param epoch after which
 * @param loss in nats a token that is learned
 * @param perplexity e to the power of the loss
 * @param bitsPerByte the loss in bits for each byte of the text that is learned, which does not depend on the tokenizer
 * @param answers how many of the model's answers were compared with those of the data; 0 where there are none
 * @param exactMatch the share of them that were the same, blanks at their ends aside
 */
public record QualityMetrics(
        String part, int epoch, double loss, double perplexity, double bitsPerByte, int answers, double exactMatch)
        implements RunEvent {
    /** Checks that no component is null. */
    public QualityMetrics {
        NullChecks.require("part", part);
    }

    static QualityMetrics of(String part, int epoch, double loss, double labelsPerByte) {
        return new QualityMetrics(part, epoch, loss, Math.exp(loss), loss / Math.log(2) * labelsPerByte, 0, 0);
    }

    QualityMetrics with(int count, double same) {
        return new QualityMetrics(part, epoch, loss, perplexity, bitsPerByte, count, same);
    }
}
