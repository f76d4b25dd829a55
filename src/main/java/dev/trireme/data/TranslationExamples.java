package dev.trireme.data;

import dev.trireme.config.NullChecks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encodes sentence pairs as training rows of a language model.
 *
 * <pre>
 *   ids      s s s s eos t t t eos      cut to the maximum length
 *   weights  0 0 0 0  0  1 1 1  1       only the translation and its end count
 * </pre>
 */
public final class TranslationExamples {
    private static final Logger LOG = LoggerFactory.getLogger(TranslationExamples.class);

    private TranslationExamples() {}

    /**
     * Encodes pairs. One whose source alone fills the row keeps no target: its weights are all 0, which is logged, and
     * batches leave it out.
     *
     * @param pairs to encode
     * @param encoder text to ids
     * @param endOfText id after the source and after the target
     * @param maxLength most tokens of a row, 2 or more
     * @return one example for each pair, in order
     * @throws IllegalArgumentException if {@code maxLength} is too small
     */
    public static List<Example> encode(List<Pair> pairs, Encoder encoder, int endOfText, int maxLength) {
        NullChecks.require("pairs", pairs, "encoder", encoder);
        if (maxLength < 2) {
            throw new IllegalArgumentException(
                    "maximum length " + maxLength + " leaves no room for a source and a target; use 2 or more");
        }
        List<int[]> sources = encoder.encodeAll(pairs.stream().map(Pair::source).toList());
        List<int[]> targets = encoder.encodeAll(pairs.stream().map(Pair::target).toList());
        List<Example> examples = new ArrayList<>(pairs.size());
        int cut = 0;
        int withoutTarget = 0;
        for (int i = 0; i < pairs.size(); i++) {
            Example whole = example(sources.get(i), targets.get(i), endOfText);
            Example example = cut(whole, maxLength);
            cut += example.length() < whole.length() ? 1 : 0;
            withoutTarget += example.totalWeight() == 0 ? 1 : 0;
            examples.add(example);
        }
        if (cut > 0) {
            LOG.warn(
                    "{} of {} examples are cut to {} tokens; {} of them keep no target and are left out",
                    cut,
                    pairs.size(),
                    maxLength,
                    withoutTarget);
        }
        return List.copyOf(examples);
    }

    private static Example example(int[] source, int[] target, int endOfText) {
        int[] ids = Arrays.copyOf(source, source.length + target.length + 2);
        ids[source.length] = endOfText;
        System.arraycopy(target, 0, ids, source.length + 1, target.length);
        ids[ids.length - 1] = endOfText;
        float[] weights = new float[ids.length];
        Arrays.fill(weights, source.length + 1, weights.length, 1);
        return new Example(ids, weights);
    }

    private static Example cut(Example example, int maxLength) {
        return example.length() <= maxLength
                ? example
                : new Example(Arrays.copyOf(example.ids(), maxLength), Arrays.copyOf(example.weights(), maxLength));
    }
}
