package dev.trireme.checkpoint.gguf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The merges that a SentencePiece vocabulary implies: every pair of tokens that forms a token, ordered by the score of
 * the result, then by longer parts, as in {@code transformers}.
 */
final class ScoredMerges {
    /** Longest token. SentencePiece's own tokens are far shorter; the work grows with every split of a token. */
    private static final int LONGEST = 256;

    private static final Comparator<Merge> BEST_FIRST = Comparator.comparingDouble(Merge::score)
            .thenComparing(merge -> characters(merge.left))
            .thenComparing(merge -> characters(merge.right))
            .reversed();

    /** Two tokens that merge, and the score of the result. */
    record Merge(String left, String right, double score) {}

    private ScoredMerges() {}

    static List<Merge> of(GgufMetadata metadata, List<String> tokens, double[] scores) {
        String key = TokenizerTokens.PREFIX + "scores";
        if (scores.length != tokens.size()) {
            throw metadata.refused(key, "a score for each of the " + tokens.size() + " tokens");
        }
        Map<String, Integer> ids = new HashMap<>();
        tokens.forEach(token -> ids.put(token, ids.size()));
        List<Merge> merges = new ArrayList<>();
        for (int id = 0; id < scores.length; id++) {
            if (Double.isNaN(scores[id])) {
                throw metadata.refused(key, "numbers, not NaN as of token " + id);
            }
            String token = tokens.get(id);
            if (token.length() <= LONGEST) {
                addCuts(merges, token, scores[id], ids);
            }
        }
        // A stable sort: of equal ones the order of ids stays.
        merges.sort(BEST_FIRST);
        return merges;
    }

    private static void addCuts(List<Merge> merges, String token, double score, Map<String, Integer> ids) {
        List<Merge> cuts = new ArrayList<>();
        for (int at = next(token, 0); at < token.length(); at = next(token, at)) {
            String left = token.substring(0, at);
            String right = token.substring(at);
            if (ids.containsKey(left) && ids.containsKey(right)) {
                cuts.add(new Merge(left, right, score));
            }
        }
        cuts.sort(Comparator.comparing((Merge cut) -> ids.getOrDefault(cut.left(), 0))
                .thenComparing(cut -> ids.getOrDefault(cut.right(), 0)));
        merges.addAll(cuts);
    }

    private static int next(String token, int at) {
        return at == token.length() ? at : token.offsetByCodePoints(at, 1);
    }

    private static int characters(String token) {
        return token.codePointCount(0, token.length());
    }
}
