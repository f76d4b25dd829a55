package dev.trireme.checkpoint;

import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.model.FileFormat;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The tensors that Hugging Face files of a model hold.
 *
 * @param parameters all parameters, by their names without prefix, the embeddings first
 * @param prefix in front of all names but the head's in the files that transformers writes; files of the model without
 *     head lack it
 * @param embedding name of the token embedding
 * @param head name of the head; if it is tied, a file may hold the embedding twice
 * @param constants names of further tensors in older files, which follow from the configuration
 */
record ModelTensors(List<ParameterInfo> parameters, String prefix, String embedding, String head, Pattern constants) {
    static ModelTensors of(ModelConfig model) {
        FileFormat format = model.format();
        List<ParameterInfo> fromTheFirst = new ArrayList<>(Stage.parametersOf(model.withTuning(Tuning.ALL)));
        Collections.reverse(fromTheFirst); // stages have them in the order of backward
        return new ModelTensors(
                List.copyOf(fromTheFirst),
                format.prefix(),
                format.names().ends().embedding() + ".weight",
                format.names().ends().head() + ".weight",
                Pattern.compile(format.constants()));
    }

    boolean tied() {
        return parameters.stream().noneMatch(parameter -> parameter.name().equals(head));
    }

    String storedName(ParameterInfo parameter) {
        return parameter.name().equals(head) ? head : prefix + parameter.name();
    }

    String plainName(String stored) {
        return stored.startsWith(prefix) ? stored.substring(prefix.length()) : stored;
    }
}
