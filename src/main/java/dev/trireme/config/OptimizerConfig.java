package dev.trireme.config;

/**
 * AdamW (Loshchilov and Hutter 2019) with weight decay on every parameter; gradients are clipped first.
 *
 * @param beta1 share of the running mean of gradients that is kept, 0 to below 1
 * @param beta2 share of the running mean of squared gradients that is kept, 0 to below 1
 * @param epsilon added to the root of the mean square, above 0
 * @param weightDecay times the learning rate: the share by which a step shrinks each weight
 * @param clipNorm the L2 norm over all parameters down to which gradients are scaled; 0 leaves them as they are
 */
public record OptimizerConfig(double beta1, double beta2, double epsilon, double weightDecay, double clipNorm) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public OptimizerConfig {
        require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "0 to below 1");
        require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "0 to below 1");
        require(epsilon > 0 && epsilon < 1, "epsilon", epsilon, "more than 0 and less than 1");
        require(weightDecay >= 0 && weightDecay < 1, "weightDecay", weightDecay, "0 to below 1");
        require(clipNorm >= 0 && clipNorm < Double.POSITIVE_INFINITY, "clipNorm", clipNorm, "a number from 0 up");
    }

    /**
     * The usual constants, as PyTorch has them.
     *
     * @return betas 0.9 and 0.999, epsilon 1e-8, decay 0.01, no clipping
     */
    public static OptimizerConfig adamW() {
        return new OptimizerConfig(0.9, 0.999, 1e-8, 0.01, 0);
    }

    private static void require(boolean holds, String name, double value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + allowed);
        }
    }
}
