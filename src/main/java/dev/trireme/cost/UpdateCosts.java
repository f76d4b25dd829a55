package dev.trireme.cost;

import dev.trireme.config.Requirements;

/**
 * What the end of a step costs, in seconds a parameter: it is bound by memory, so that stages differ in their size only.
 *
 * @param norm summing the squares of gradients
 * @param apply AdamW
 * @param tiedAdd adding the head's part to the gradient of a tied embedding
 * @param tiedTake copying it back to the head's stage
 */
public record UpdateCosts(double norm, double apply, double tiedAdd, double tiedTake) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException for a negative or endless time
     */
    public UpdateCosts {
        Requirements.duration("norm", norm);
        Requirements.duration("apply", apply);
        Requirements.duration("tiedAdd", tiedAdd);
        Requirements.duration("tiedTake", tiedTake);
    }
}
