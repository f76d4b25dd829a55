package dev.trireme.parallel;

/** Sums along a fixed binary tree, of which an aligned part is a subtree: the same bits however the parts are shared out. */
final class BinaryTree {
    private BinaryTree() {}

    static double sum(double... values) {
        double[] sums = values.clone();
        for (int stride = 1; stride < sums.length; stride *= 2) {
            for (int i = 0; i + stride < sums.length; i += 2 * stride) {
                sums[i] += sums[i + stride];
            }
        }
        return sums.length == 0 ? 0 : sums[0];
    }
}
