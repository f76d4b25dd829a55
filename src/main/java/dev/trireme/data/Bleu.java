package dev.trireme.data;

import dev.trireme.config.NullChecks;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Corpus BLEU as sacreBLEU 2.6 computes it by default: {@code nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp}.
 *
 * <pre>
 *   score = brevity penalty · (p1 · p2 · p3 · p4)^(1/4)    pn: share of the hypotheses' n-grams that match, in percent
 * </pre>
 *
 * <p>The k-th order without any match counts as 1 match in 2^k times its n-grams. The score is 0 where no order has a
 * match, or where no hypothesis is four tokens long.
 */
public final class Bleu {
    private static final int ORDERS = 4;

    private final int[] counts = new int[ORDERS];
    private final int[] totals = new int[ORDERS];
    private int hypothesisLength;
    private int referenceLength;

    private Bleu() {}

    /**
     * The score of a corpus with its components; lists are by n-gram order, 1 to 4.
     *
     * @param score BLEU, 0 to 100
     * @param precisions smoothed, in percent
     * @param counts n-grams of the hypotheses that their references have too
     * @param totals n-grams of the hypotheses
     * @param brevityPenalty 1, or less if the hypotheses are shorter than the references
     * @param hypothesisLength tokens of all hypotheses
     * @param referenceLength tokens of all references
     */
    public record Score(
            double score,
            List<Double> precisions,
            List<Integer> counts,
            List<Integer> totals,
            double brevityPenalty,
            int hypothesisLength,
            int referenceLength) {
        /** Checks that no component is null. */
        public Score {
            NullChecks.require("precisions", precisions, "counts", counts, "totals", totals);
        }
    }

    /**
     * Scores translations, each against one reference.
     *
     * @param hypotheses the translations, not tokenized
     * @param references what each should be, in the same order
     * @return the score of the corpus
     * @throws IllegalArgumentException if the lists are empty or of different sizes
     */
    public static Score corpus(List<String> hypotheses, List<String> references) {
        NullChecks.require("hypotheses", hypotheses, "references", references);
        if (hypotheses.isEmpty() || hypotheses.size() != references.size()) {
            throw new IllegalArgumentException(
                    "%d hypotheses and %d references cannot be scored; give at least one pair and one reference each"
                            .formatted(hypotheses.size(), references.size()));
        }
        Bleu bleu = new Bleu();
        for (int i = 0; i < hypotheses.size(); i++) {
            bleu.add(BleuTokens.of(hypotheses.get(i)), BleuTokens.of(references.get(i)));
        }
        return bleu.score();
    }

    private void add(List<String> hypothesis, List<String> reference) {
        hypothesisLength += hypothesis.size();
        referenceLength += reference.size();
        for (int order = 0; order < ORDERS; order++) {
            Map<List<String>, Integer> left = ngrams(reference, order + 1);
            for (int end = order + 1; end <= hypothesis.size(); end++) {
                totals[order]++;
                // Each n-gram of the reference can be matched once.
                Integer remaining =
                        left.computeIfPresent(hypothesis.subList(end - order - 1, end), (ngram, count) -> count - 1);
                counts[order] += remaining != null && remaining >= 0 ? 1 : 0;
            }
        }
    }

    private static Map<List<String>, Integer> ngrams(List<String> tokens, int order) {
        Map<List<String>, Integer> ngrams = new HashMap<>();
        for (int end = order; end <= tokens.size(); end++) {
            ngrams.merge(tokens.subList(end - order, end), 1, Integer::sum);
        }
        return ngrams;
    }

    private Score score() {
        double[] precisions = precisions();
        double penalty = brevityPenalty();
        double meanLog = Arrays.stream(precisions).map(Math::log).average().orElseThrow();
        return new Score(
                Math.min(100, penalty * Math.exp(meanLog)), // the logarithm of 100 is rounded up
                Arrays.stream(precisions).boxed().toList(),
                Arrays.stream(counts).boxed().toList(),
                Arrays.stream(totals).boxed().toList(),
                penalty,
                hypothesisLength,
                referenceLength);
    }

    private double[] precisions() {
        double[] precisions = new double[ORDERS];
        if (Arrays.stream(counts).sum() == 0) {
            return precisions;
        }
        double smoothing = 1;
        for (int order = 0; order < ORDERS && totals[order] > 0; order++) {
            if (counts[order] == 0) {
                smoothing *= 2;
                precisions[order] = 100 / (smoothing * totals[order]);
            } else {
                precisions[order] = 100.0 * counts[order] / totals[order];
            }
        }
        return precisions;
    }

    private double brevityPenalty() {
        if (hypothesisLength >= referenceLength) {
            return 1;
        }
        return hypothesisLength == 0 ? 0 : Math.exp(1 - (double) referenceLength / hypothesisLength);
    }
}
