package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import dev.trireme.model.ModelConfig;

/**
 * What is to be done on a machine.
 *
 * @param name of the model, for people
 * @param model sizes and constants
 * @param type of weights and activations
 * @param rows of a training step over all ranks, or prompts
 * @param length tokens of a row, or of a prompt
 * @param newTokens that generation appends to each prompt; 0 for training
 */
public record Job(String name, ModelConfig model, NumberType type, int rows, int length, int newTokens) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public Job {
        NullChecks.require("name", name, "model", model, "type", type);
        Requirements.within("newTokens", newTokens, 0, model.positions() - 1);
        String unit = newTokens == 0 ? "batch-size" : "prompts";
        Requirements.within(unit, rows, 1, 1 << 20);
        Requirements.within(
                newTokens == 0 ? "max-length" : "prompt-length",
                length,
                newTokens == 0 ? 2 : 1,
                model.positions() - newTokens);
    }

    /**
     * Whether it is training.
     *
     * @return false for generation
     */
    public boolean trains() {
        return newTokens == 0;
    }
}
