package dev.trireme.checkpoint;

import dev.trireme.config.ModelConfig;
import dev.trireme.engine.ParameterInfo;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a Hugging Face file of a model holds.
 *
 * @param parameters all parameters, by their names without prefix
 * @param prefix in front of all names but the head's in the files that transformers writes; files of the model without
 *     head lack it
 * @param embedding name of the token embedding
 * @param tied whether the head is that embedding; a file may then hold it twice
 * @param constants names of what older files hold besides, which follows from the configuration
 */
record ModelTensors(List<ParameterInfo> parameters, String prefix, String embedding, boolean tied, Pattern constants) {
    static final String HEAD = "lm_head.weight";

    static ModelTensors of(ModelConfig model) {
        return switch (model.family()) {
            case GPT2 -> Gpt2Tensors.of(model);
            case LLAMA -> LlamaTensors.of(model);
        };
    }

    String storedName(ParameterInfo parameter) {
        return parameter.name().equals(HEAD) ? HEAD : prefix + parameter.name();
    }

    String plainName(String stored) {
        return stored.startsWith(prefix) ? stored.substring(prefix.length()) : stored;
    }
}
