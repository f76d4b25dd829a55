package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import java.util.Map;
import java.util.Optional;

/**
 * A family of published models, such as GPT-2: the keys of its {@code config.json} and the architecture that they
 * describe. Only {@link HuggingFaceConfig} and the command line use families; all other code works from {@link
 * ModelConfig}.
 */
public interface Family {
    /**
     * The name in files.
     *
     * @return {@code model_type} of a {@code config.json}
     */
    String name();

    /**
     * The name for people.
     *
     * @return such as {@code GPT-2}
     */
    String title();

    /**
     * Reads a {@code config.json}. Settings that Trireme does not implement are refused.
     *
     * @param json a {@code config.json} of this family
     * @return the model
     * @throws IllegalArgumentException naming key or component, its value and what it may be
     */
    ModelConfig read(JsonFile json);

    /**
     * Maps components to keys of its files, for messages.
     *
     * @return from a component of {@link ModelConfig} to a key of {@code config.json}
     */
    Map<String, String> keys();

    /**
     * Writes the keys that not all families share.
     *
     * @param model of this family
     * @param json the object that becomes a {@code config.json}
     */
    void write(ModelConfig model, ObjectNode json);

    /**
     * A model to train from scratch, with the family's usual constants and no dropout.
     *
     * @param sizes layers, widths and lengths
     * @param heads query heads of a block
     * @param kvHeads key and value heads, if they are to be chosen
     * @param intermediate width inside the MLP, if it is to be chosen
     * @return the model
     * @throws IllegalArgumentException when a number is out of bounds, or this family does not let it be chosen
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
     * Sets one dropout probability for all dropouts that this family's {@code config.json} has.
     *
     * @param model of this family
     * @param share 0 to below 1
     * @return the changed copy
     */
    default ModelConfig withDropout(ModelConfig model, double share) {
        return model.withDropout(0, share, 0);
    }
}
