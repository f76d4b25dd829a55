package dev.trireme.cli;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.cli.option.EngineOptions;
import dev.trireme.cli.option.TokenizerOptions;
import dev.trireme.cli.output.Activity;
import dev.trireme.generate.EngineConfig;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The model that calls are answered by, or were. */
final class ServedModelOptions {
    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Folder in Hugging Face layout.")
    private Path model;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "By which requests call the model (the name of its folder).")
    private Optional<String> name = Optional.empty();

    @Mixin
    private EngineOptions engines = new EngineOptions();

    @Mixin
    private TokenizerOptions tokenizers = new TokenizerOptions();

    /** As {@link EngineOptions#config}; fails too if there is no such folder. */
    EngineConfig config() {
        EngineConfig typed = engines.config();
        HuggingFaceFolder.require(model);
        return typed;
    }

    /** The caller closes what is opened. */
    ModelOnEngine open(EngineConfig settings, Activity steps) {
        steps.beginLong("loading libtorch and the weights of " + model);
        String called = name.orElseGet(
                () -> String.valueOf(model.toAbsolutePath().normalize().getFileName()));
        return ModelOnEngine.open(model, called, settings, tokenizers, steps);
    }
}
