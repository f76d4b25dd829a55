package dev.trireme.bench;

import java.util.Random;

/**
 * Reproducible random tokens: row by row from {@code java.util.Random(step).nextInt(vocabulary)}, so that other
 * programs can use the same.
 */
final class BenchTokens {
    private BenchTokens() {}

    /** Rows [firstRow, firstRow + rows) of a step's batch, {@code length} ids each. */
    static int[] of(long step, int vocabulary, int length, int firstRow, int rows) {
        Random random = new Random(step);
        for (int skipped = 0; skipped < firstRow * length; skipped++) {
            random.nextInt(vocabulary);
        }
        int[] ids = new int[rows * length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = random.nextInt(vocabulary);
        }
        return ids;
    }
}
