package dev.trireme.checkpoint.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A model of a GGUF file, with Hugging Face's keys and tensor names.
 *
 * @param config content of {@code config.json} without the special tokens
 * @param tensors every tensor of the folder with its source; all sources are in the file, in the right shape
 */
record GgufModel(ObjectNode config, List<StoredTensor> tensors) {
    static final String ARCHITECTURE = "general.architecture";

    private static final int MOST_SHOWN = 5;

    /** Maps a file to a model; source tensors may still be missing or have another shape. */
    @FunctionalInterface
    private interface Family {
        GgufModel of(GgufFile file, String architecture);
    }

    private static final Map<String, Family> FAMILIES = Map.of(
            "llama", LlamaFamily::of, "qwen2", LlamaFamily::of, "qwen3", LlamaFamily::of, "gpt2", Gpt2Family::of);

    static GgufModel of(GgufFile file) {
        GgufMetadata metadata = file.metadata();
        String architecture = metadata.text(ARCHITECTURE);
        Family family = FAMILIES.get(architecture);
        if (family == null) {
            throw metadata.refused(ARCHITECTURE, "llama (LLaMA and Mistral), qwen2, qwen3 or gpt2");
        }
        if (metadata.whole("split.count", 0, Integer.MAX_VALUE, 1) > 1) {
            throw metadata.refused("split.count", "the whole model in one file; merge with llama-gguf-split --merge");
        }
        GgufModel model = family.of(file, architecture);
        model.requireIn(file);
        return model;
    }

    private void requireIn(GgufFile file) {
        List<String> problems = new ArrayList<>();
        Set<String> known = new HashSet<>(Set.of(RopeFrequencies.TENSOR, FamilyKeys.HEAD));
        for (StoredTensor stored : tensors) {
            known.add(stored.source());
            GgufTensor tensor = file.tensors().get(stored.source());
            List<Long> shape = stored.layout().source(stored.target().shape());
            if (tensor == null) {
                problems.add(stored.source() + " " + shape + " is missing");
            } else if (!tensor.shape().equals(shape)) {
                problems.add(stored.source() + " is " + tensor.shape() + " instead of " + shape);
            }
        }
        for (String name : file.tensors().keySet()) {
            if (!known.contains(name)) {
                problems.add(name + " is not one of this model");
            }
        }
        if (!problems.isEmpty()) {
            String more = problems.size() > MOST_SHOWN ? " and " + (problems.size() - MOST_SHOWN) + " more" : "";
            String shown = String.join(", ", problems.subList(0, Math.min(MOST_SHOWN, problems.size())));
            throw file.bad("its tensors do not fit its keys: " + shown + more + "; get or write the file again");
        }
    }
}
