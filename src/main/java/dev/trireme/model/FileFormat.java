package dev.trireme.model;

import dev.trireme.config.NullChecks;

/**
 * The layout of a model's files: tensor names and the order of axes.
 *
 * @param family {@code model_type} of a {@code config.json}: the key of {@link Families}
 * @param prefix in front of all names but the head's in the files that transformers writes; files of the model without head
 *     lack it
 * @param constants regular expression of names that older files hold besides, of what follows from the configuration
 * @param transposed whether linear weights are (in, out) there
 * @param names of the tensors
 */
public record FileFormat(String family, String prefix, String constants, boolean transposed, TensorNames names) {
    /** Checks that no component is null. */
    public FileFormat {
        NullChecks.require("family", family, "prefix", prefix, "constants", constants, "names", names);
    }
}
