package dev.trireme.train;

import dev.trireme.config.NullChecks;

/**
 * How far a run has come. With the weights and the optimizer's state it is all that a resumed run goes on from.
 *
 * @param step the last that was done, 0 before the first
 * @param loss of that step, in nats a token
 * @param epochs how many are over, their validation included
 * @param epoch sums over the steps of the epoch that is not over
 * @param all sums over all steps
 * @param best the epoch with the lowest validation loss
 */
public record Progress(long step, double loss, int epochs, Sums epoch, Sums all, Best best) {
    /** Before the first step. */
    static final Progress START = new Progress(0, 0, 0, Sums.NONE, Sums.NONE, Best.NONE);

    /**
     * Sums over steps.
     *
     * @param loss weighted, in nats
     * @param weight of the labels
     * @param tokens that are not padding
     * @param nanos how long the steps took
     */
    public record Sums(double loss, double weight, long tokens, long nanos) {
        static final Sums NONE = new Sums(0, 0, 0, 0);

        Sums plus(Sums step) {
            return new Sums(loss + step.loss, weight + step.weight, tokens + step.tokens, nanos + step.nanos);
        }
    }

    /**
     * The best model so far.
     *
     * @param epoch after which, 0 for none
     * @param step after which
     * @param loss of the validation pairs, in nats a token
     */
    public record Best(int epoch, long step, double loss) {
        static final Best NONE = new Best(0, 0, 0);
    }

    /** Checks that no component is null. */
    public Progress {
        NullChecks.require("epoch", epoch, "all", all, "best", best);
    }

    Progress afterStep(Sums sums, double newLoss) {
        return new Progress(step + 1, newLoss, epochs, epoch.plus(sums), all.plus(sums), best);
    }

    /** The next epoch begins. */
    Progress afterEpoch(double validationLoss) {
        boolean better = Double.isFinite(validationLoss) && (best.epoch == 0 || validationLoss < best.loss);
        return new Progress(
                step, loss, epochs + 1, Sums.NONE, all, better ? new Best(epochs + 1, step, validationLoss) : best);
    }

    /** Whether the epoch that has just ended is the best. */
    boolean atBest() {
        return epochs > 0 && best.epoch == epochs && best.step == step;
    }
}
