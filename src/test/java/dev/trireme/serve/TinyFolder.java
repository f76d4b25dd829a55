package dev.trireme.serve;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.Device;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small model with random weights and a tokenizer, as a folder. */
public final class TinyFolder {
    private TinyFolder() {}

    /** Returns the folder. */
    public static Path write(Path folder, int positions) {
        ModelConfig shape = ModelConfig.gpt2(2, 2, 16, 600, positions);
        try (Stage stage = Stage.open(shape, 0, 2, Device.CPU, Weights.TRAINABLE)) {
            stage.initialize(5);
            HuggingFaceFolder.save(
                    folder,
                    new HuggingFaceConfig(shape, SpecialTokens.NONE),
                    new StageParameters(stage),
                    content -> Files.copy(
                            Path.of("src/test/resources/golden/bpe-tiny/tokenizer.json"),
                            content.resolve("tokenizer.json")));
        }
        return folder;
    }
}
