package dev.trireme.train;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.Tuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Folds an adapter into a model, which then needs it no more. */
public final class Merging {
    /** Files that go with the weights, of which a folder has some. */
    private static final List<String> FILES = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "chat_template.jinja",
            "generation_config.json");

    private Merging() {}

    /**
     * What was merged.
     *
     * @param lora rank, alpha and targets of the adapter
     * @param parameters of the model
     */
    public record Summary(LoraConfig lora, long parameters) {
        /** Checks that no component is null. */
        public Summary {
            NullChecks.require("lora", lora);
        }
    }

    /**
     * Writes the folder of the model with its weights updated, as float32, with its tokenizer and what goes with it. It
     * needs the memory of the largest tensor.
     *
     * @param model folder in Hugging Face layout
     * @param adapter folder in PEFT's layout
     * @param out where the model goes; a model folder that is there is replaced when the new one is whole
     * @return what was merged
     * @throws BadInputException when a file is not what it should be, or the adapter is of another model
     * @throws IllegalArgumentException when the model would replace one of its sources
     * @throws dev.trireme.checkpoint.CheckpointException when the disk is full or fails; nothing is left of it then
     */
    public static Summary merge(Path model, Path adapter, Path out) {
        NullChecks.require("model", model, "adapter", adapter, "out", out);
        for (Path source : List.of(model, adapter)) {
            if (out.toAbsolutePath().normalize().equals(source.toAbsolutePath().normalize())) {
                throw new IllegalArgumentException(
                        "out is " + out + ", which the merged model is made of; name another folder");
            }
        }
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(model, Optional.of(adapter))) {
            HuggingFaceConfig config = folder.config();
            HuggingFaceConfig merged = config.withModel(config.model().withTuning(Tuning.ALL));
            Path files = HuggingFaceFolder.require(model);
            HuggingFaceFolder.save(out, merged, folder.merged(), next -> {
                for (String name : FILES) {
                    if (Files.isRegularFile(files.resolve(name))) {
                        Files.copy(files.resolve(name), next.resolve(name));
                    }
                }
            });
            return new Summary(
                    config.model().tuning().lora(),
                    ParameterInfo.count(folder.merged().parameters()));
        }
    }
}
