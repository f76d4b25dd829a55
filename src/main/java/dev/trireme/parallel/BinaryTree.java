package dev.trireme.parallel;

/**
 * Sums along a fixed binary tree. An aligned part of the values is a subtree, so the sum has the same bits for every
 * distribution over ranks.
 */
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
