package dev.trireme.serve;

import dev.trireme.chat.ChatTemplate;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Device;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.TextModel;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A server of a small model with random weights, on two copies of two stages, whose answers have receipts as those of serve. */
record TinyServer(TextModel model, ModelServer server) implements AutoCloseable {
    static final String KEY = "s3cret";
    private static final Fingerprints SOME = new Fingerprints("0", "0", "0", Map.of(), "0", "float32", "AVX", "1");
    static final ModelConfig SHAPE = ModelConfig.gpt2(2, 2, 16, 600, 2000);

    static TinyServer start() {
        Tokenizer tokenizer = Tokenizer.open(Path.of("src/test/resources/golden/bpe-tiny/tokenizer.json"));
        ChatTemplate template = ChatTemplate.of(Path.of("src/test/resources/serve/tiny"));
        TextModel model = new TextModel("tiny", engine(1024), tokenizer, Optional.of(template));
        return new TinyServer(
                model,
                ModelServer.start(
                        model, ServerConfig.DEFAULTS.on("127.0.0.1", 0).withApiKey(KEY), receipts()));
    }

    static Receipts receipts() {
        return new Receipts(SOME, Optional.empty());
    }

    static Engine engine(int queue) {
        return engine(queue, Map.of());
    }

    static Engine engine(int queue, Map<String, Path> adapters) {
        return engine(queue, adapters, SpecialTokens.NONE);
    }

    static Engine engine(int queue, Map<String, Path> adapters, SpecialTokens ends) {
        GenerationLayout layout = new GenerationLayout(PipelineLayout.of(2, "even"), 2, 2, "cpu", 1);
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Stage stage = Stage.open(SHAPE, i % 2, i % 2 + 1, Device.CPU, Weights.FLOAT32);
            stage.initialize(3);
            stages.add(stage);
        }
        EngineConfig settings =
                EngineConfig.of(layout, Weights.FLOAT32).withQueue(queue).withAdapters(adapters);
        return Engine.of(stages, new HuggingFaceConfig(SHAPE, ends), settings, true);
    }

    Calls calls() {
        return new Calls(server);
    }

    Engine engine() {
        return model.engine();
    }

    Tokenizer tokenizer() {
        return model.tokenizer();
    }

    @Override
    public void close() {
        server.close();
        model.engine().close();
        model.tokenizer().close();
    }
}
