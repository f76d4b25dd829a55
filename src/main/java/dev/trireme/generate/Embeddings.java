package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.ArrayList;
import java.util.List;

/**
 * Vectors of texts: the hidden states of a text's tokens made one. Like every answer of an engine, a vector is the same
 * to the bit whatever else runs.
 *
 * <p>Models that were trained to predict tokens give vectors that compare texts roughly; for search use a model that was
 * trained for it.
 *
 * @param pooling how a text's states become one
 * @param normalized whether vectors have length 1, so that their dot product is the cosine
 */
public record Embeddings(Pooling pooling, boolean normalized) {
    private static final int TOGETHER = 64; // texts under way at once, so that any number is no flood

    /** How the states of a text become one vector. */
    public enum Pooling {
        /** Their mean. */
        MEAN,
        /** That of the last token, which alone has seen all. */
        LAST
    }

    /** Checks that no component is null. */
    public Embeddings {
        NullChecks.require("pooling", pooling);
    }

    /**
     * Computes the vectors of any number of texts.
     *
     * @param engine that computes them
     * @param texts ids below the vocabulary, at least one each, at most the model's positions
     * @return a vector (C) of each text, C being the model's hidden size
     * @throws IllegalArgumentException when a text is empty, too long, or has an id that is out of range
     * @throws EngineBusyException when more requests of others wait than the engine allows
     */
    public List<float[]> of(Engine engine, List<int[]> texts) {
        NullChecks.require("engine", engine, "texts", texts);
        List<float[]> vectors = new ArrayList<>();
        for (int begin = 0; begin < texts.size(); begin += TOGETHER) {
            vectors.addAll(together(engine, texts.subList(begin, Math.min(begin + TOGETHER, texts.size()))));
        }
        return vectors;
    }

    private List<float[]> together(Engine engine, List<int[]> texts) {
        List<Handle> handles = new ArrayList<>();
        List<Pool> pools = new ArrayList<>();
        try {
            for (int[] text : texts) {
                Request request = Request.of(text, GenerateOptions.upTo(1))
                        .withoutContinuation()
                        .withPromptOutput(Request.PromptOutput.HIDDEN_STATES);
                Pool pool = new Pool(engine.config().model().hidden());
                handles.add(engine.submit(request, pool));
                pools.add(pool);
            }
            handles.forEach(Handle::await);
        } finally {
            handles.forEach(Handle::cancel); // without effect on those that are done
        }
        return pools.stream().map(pool -> pool.vector(pooling, normalized)).toList();
    }

    /** The states of a text as they come. Sums are in float64, in the order of the tokens. */
    private static final class Pool implements RequestListener {
        private final double[] sums;
        private float[] last = {};
        private int count;

        Pool(int width) {
            this.sums = new double[width];
        }

        @Override
        public void promptHidden(float[] hidden) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += hidden[i];
            }
            last = hidden;
            count++;
        }

        float[] vector(Pooling pooling, boolean normalized) {
            double[] values = new double[sums.length];
            double squares = 0;
            for (int i = 0; i < values.length; i++) {
                values[i] = pooling == Pooling.MEAN ? sums[i] / count : last[i];
                squares += values[i] * values[i];
            }
            double scale = normalized && squares > 0 ? 1 / Math.sqrt(squares) : 1;
            float[] vector = new float[values.length];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) (values[i] * scale);
            }
            return vector;
        }
    }
}
