package dev.trireme.plan;

import dev.trireme.model.ModelConfig;

/**
 * What a part of a model computes and moves in a forward pass over N tokens in rows of T, as numbers.
 *
 * <pre>
 *   attention   N × C ─▶ queries, keys, values ─▶ T × T a head, half of it ─▶ N × C
 *   MLP         N × C ─▶ N × F (twice for a gate) ─▶ N × C
 *   head        N × C ─▶ N × V, float32
 * </pre>
 *
 * @param flops of products with weights: 2 N in out
 * @param mixFlops of products of activations: of queries with keys, and of these with values
 * @param weights numbers of weights that are read
 * @param stream numbers of activations that are read and written
 * @param cached numbers of keys and values of earlier tokens that are read
 * @param operators that run
 */
record Work(double flops, double mixFlops, double weights, double stream, double cached, int operators) {
    /** Tokens: so many rows of so many new ones, after so many earlier ones of each row. */
    record Tokens(int rows, int fresh, int context) {
        double count() {
            return (double) rows * fresh;
        }

        /** Pairs of a query and a key that it sees. */
        double pairs() {
            return count() * (context + (fresh + 1) / 2.0);
        }
    }

    static Work embedding(ModelConfig model, Tokens tokens) {
        double moved = tokens.count() * model.hidden();
        return new Work(0, 0, moved, 2 * moved, 0, 1);
    }

    static Work attention(ModelConfig model, Tokens tokens) {
        double n = tokens.count();
        double hidden = model.hidden();
        double queries = (double) model.heads().query() * model.heads().width();
        double keysAndValues = 2.0 * model.heads().keyValue() * model.heads().width();
        double weights = hidden * (queries + keysAndValues) + queries * hidden;
        double stream = n * (5 * hidden + 3 * (queries + keysAndValues) + 2 * queries);
        double cached = (double) tokens.rows() * tokens.context() * keysAndValues;
        return new Work(2 * n * weights, 4 * tokens.pairs() * queries, weights, stream, cached, 7);
    }

    static Work mlp(ModelConfig model, Tokens tokens) {
        double n = tokens.count();
        double hidden = model.hidden();
        double up = model.architecture().mlp().columns();
        double weights = hidden * up + (double) model.intermediate() * hidden;
        double stream = n * (5 * hidden + 2 * up + 2.0 * model.intermediate());
        return new Work(2 * n * weights, 0, weights, stream, 0, 5);
    }

    static Work head(ModelConfig model, Tokens tokens) {
        double n = tokens.count();
        double weights = (double) model.hidden() * model.vocabulary();
        return new Work(2 * n * weights, 0, weights, n * (4.0 * model.hidden() + 3.0 * model.vocabulary()), 0, 4);
    }
}
