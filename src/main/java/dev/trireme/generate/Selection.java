package dev.trireme.generate;

/** Finds the largest of many values without sorting them. */
final class Selection {
    private Selection() {}

    /**
     * Finds the ids of the k largest logits, and of those that equal the k-th.
     *
     * @param ids filled with them in ascending order; as long as the logits
     * @param scratch as long as the logits
     * @return how many there are
     */
    static int largest(float[] logits, int k, int[] ids, double[] scratch) {
        float least = Float.NEGATIVE_INFINITY;
        int room = 2 * Math.min(k, logits.length) + 64;
        int count = 0;
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] >= least) {
                ids[count++] = id;
                if (count == room) {
                    least = kthLargest(logits, k, ids, count, scratch);
                    count = keep(logits, least, ids, count);
                    room = 2 * count + 64;
                }
            }
        }
        return count <= k ? count : keep(logits, kthLargest(logits, k, ids, count, scratch), ids, count);
    }

    private static float kthLargest(float[] logits, int k, int[] ids, int count, double[] scratch) {
        for (int i = 0; i < count; i++) {
            scratch[i] = logits[ids[i]];
        }
        return (float) kthLargest(scratch, count, k);
    }

    private static int keep(float[] logits, float least, int[] ids, int count) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (logits[ids[i]] >= least) {
                ids[kept++] = ids[i];
            }
        }
        return kept;
    }

    /** Reorders the values, of which there are at least k. */
    private static double kthLargest(double[] values, int count, int k) {
        int begin = 0;
        int end = count;
        while (true) {
            double pivot = median(values[begin], values[(begin + end) >>> 1], values[end - 1]);
            int above = begin; // [begin, above) > pivot, [above, i) = pivot, [below, end) < pivot
            int below = end;
            for (int i = begin; i < below; ) {
                double value = values[i];
                if (value > pivot) {
                    values[i++] = values[above];
                    values[above++] = value;
                } else if (value < pivot) {
                    values[i] = values[--below];
                    values[below] = value;
                } else {
                    i++;
                }
            }
            if (k <= above) {
                end = above;
            } else if (k <= below) {
                return pivot;
            } else {
                begin = below;
            }
        }
    }

    private static double median(double a, double b, double c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
