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
        return (float) threshold(scratch, count, k, false);
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

    /**
     * Finds where the largest values come to a goal: values above what is returned do not, together with those that equal
     * it they do. Reorders the values.
     *
     * @param byMass whether values are summed up; else they are counted
     * @return one of the values; the smallest when all together do not come to the goal
     */
    static double threshold(double[] values, int count, double goal, boolean byMass) {
        int begin = 0;
        int end = count;
        double before = 0;
        double pivot = Double.NEGATIVE_INFINITY;
        while (begin < end) {
            pivot = median(values[begin], values[(begin + end) >>> 1], values[end - 1]);
            int above = begin; // [begin, above) > pivot, [above, i) = pivot, [below, end) < pivot
            int below = end;
            double massAbove = 0;
            double massEqual = 0;
            for (int i = begin; i < below; ) {
                double value = values[i];
                double mass = byMass ? value : 1;
                if (value > pivot) {
                    values[i++] = values[above];
                    values[above++] = value;
                    massAbove += mass;
                } else if (value < pivot) {
                    values[i] = values[--below];
                    values[below] = value;
                } else {
                    massEqual += mass;
                    i++;
                }
            }
            if (before + massAbove >= goal) {
                end = above;
            } else if (before + massAbove + massEqual >= goal) {
                return pivot;
            } else {
                before += massAbove + massEqual;
                begin = below;
            }
        }
        return pivot;
    }

    private static double median(double a, double b, double c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
