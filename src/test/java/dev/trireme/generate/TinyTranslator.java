package dev.trireme.generate;

import dev.trireme.config.HuggingFaceConfig;
import dev.trireme.config.ModelConfig;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.Tokenizer;
import dev.trireme.engine.Device;
import dev.trireme.engine.Stage;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/** A model that has learned nothing, with the tokenizer of {@code golden/bpe-tiny}. */
final class TinyTranslator {
    static final int POSITIONS = 40;

    private TinyTranslator() {}

    static Tokenizer openTokenizer() {
        try {
            return Tokenizer.open(
                    Path.of(Objects.requireNonNull(TinyTranslator.class.getResource("/golden/bpe-tiny/tokenizer.json"))
                            .toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static LanguageModel openModel(int vocabulary, SpecialTokens specialTokens) {
        ModelConfig model = ModelConfig.gpt2(2, 2, 16, vocabulary, POSITIONS);
        Stage stage = Stage.open(model, 0, model.layers(), Device.CPU);
        stage.initialize(7);
        return LanguageModel.of(stage, new HuggingFaceConfig(model, specialTokens));
    }

    static Generator open() {
        Tokenizer tokenizer = openTokenizer();
        int end = tokenizer.id("<eos>").orElseThrow();
        SpecialTokens special = new SpecialTokens(SpecialTokens.ABSENT, end, SpecialTokens.ABSENT);
        return Generator.of(openModel(tokenizer.vocabularySize(), special), tokenizer);
    }
}
