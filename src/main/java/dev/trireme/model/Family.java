package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import java.util.Map;
import java.util.Optional;

/**
 * A kind of model that others publish, such as GPT-2: its values, and how a {@code config.json} says them. Only {@link
 * HuggingFaceConfig} and the command line ask for one; everything else works from {@link ModelConfig}.
 */
public interface Family {
    /**
     * What files call it.
     *
     * @return {@code model_type} of a {@code config.json}
     */
    String name();

    /**
     * What people call it.
     *
     * @return such as {@code GPT-2}
     */
    String title();

    /**
     * Reads its keys. What Trireme does not compute is refused.
     *
     * @param json a {@code config.json} of this family
     * @return the model
     * @throws IllegalArgumentException naming key or component, its value and what it may be
     */
    ModelConfig read(JsonFile json);

    /**
     * Which key of its files gives which component, for messages.
     *
     * @return from a component of {@link ModelConfig} to a key of {@code config.json}
     */
    Map<String, String> keys();

    /**
     * Writes its keys, but for those that all families share.
     *
     * @param model of this family
     * @param json the object that becomes a {@code config.json}
     */
    void write(ModelConfig model, ObjectNode json);

    /**
     * A model to be trained from fresh weights, with the usual constants and no dropout.
     *
     * @param sizes layers, widths and lengths
     * @param heads query heads of a block
     * @param kvHeads key and value heads, if they are to be chosen
     * @param intermediate width inside the MLP, if it is to be chosen
     * @return the model
     * @throws IllegalArgumentException when something is out of bounds, or is not this family's to choose
     */
    ModelConfig fresh(ModelSizes sizes, int heads, Optional<Integer> kvHeads, Optional<Integer> intermediate);

    /**
     * Whether key heads and the MLP's width can be chosen.
     *
     * @return true if {@link #fresh} takes them
     */
    default boolean choosesWidths() {
        return true;
    }

    /**
     * A model with one share of dropout wherever this family's {@code config.json} has some.
     *
     * @param model of this family
     * @param share 0 to below 1
     * @return the changed copy
     */
    default ModelConfig withDropout(ModelConfig model, double share) {
        return model.withDropout(0, share, 0);
    }
}
