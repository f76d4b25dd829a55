package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.LoraTarget;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An adapter that does not fit is refused in one line with file, value and cure. */
class AdapterFolderTest {
    private static final ModelConfig MODEL = ModelConfig.llama(2, 4, 2, 16, 24, 50, 32);
    private static final Set<LoraTarget> TARGETS = EnumSet.of(LoraTarget.QUERY, LoraTarget.DOWN);
    private static final String CURE = "; use an adapter that was trained on this model";

    @TempDir
    private Path folder;

    private Path config;
    private Path weights;

    @BeforeEach
    void write() {
        folder = folder.resolve("adapter");
        config = folder.resolve("adapter_config.json");
        weights = folder.resolve("adapter_model.safetensors");
        ModelConfig tuned = MODEL.withTuning(Tuning.of(new LoraConfig(4, 8, TARGETS, 0.1)));
        AdapterFolder.Base base = new AdapterFolder.Base("models/base", "");
        AdapterFolder.save(folder, tuned, base, new Zeros(tuned), DataType.F32, next -> {});
    }

    private void refused(String message) {
        assertThatThrownBy(() -> AdapterFolder.open(folder, MODEL).close())
                .isInstanceOf(BadInputException.class)
                .hasMessage(message);
    }

    private void rewrite(UnaryOperator<String> change) throws IOException {
        Files.writeString(config, change.apply(Files.readString(config)));
    }

    @Test
    void whatWasWrittenIsRead() {
        try (AdapterFolder read = AdapterFolder.open(folder, MODEL)) {
            assertThat(read.lora()).isEqualTo(new LoraConfig(4, 8, TARGETS, 0.1));
        }
    }

    @Test
    void anAdapterOfAnotherModelIsRefusedByItsFirstTensor() {
        ModelConfig wider = ModelConfig.llama(2, 4, 2, 32, 24, 50, 32);
        assertThatThrownBy(() -> AdapterFolder.open(folder, wider).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(weights + ": tensor base_model.model.model.layers.")
                .hasMessageContaining(" but the model and rank 4 of adapter_config.json need [")
                .hasMessageEndingWith(" more do not fit" + CURE)
                .hasMessageNotContaining("\n");
        ModelConfig gpt2 = ModelConfig.gpt2(2, 4, 16, 50, 32);
        assertThatThrownBy(() -> AdapterFolder.open(folder, gpt2).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(weights + ": has no tensor of this model, but base_model.model.model.layers.0.")
                .hasMessageEndingWith(CURE);
    }

    @Test
    void anotherRankThanTheTensorsIsRefused() throws IOException {
        rewrite(text -> text.replace("\"r\" : 4", "\"r\" : 8"));
        assertThatThrownBy(() -> AdapterFolder.open(folder, MODEL).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("but the model and rank 8 of adapter_config.json need [8, ")
                .hasMessageEndingWith(", and 7 more do not fit" + CURE);
    }

    @Test
    void aMissingTensorIsRefused() {
        String missing = "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight";
        List<ParameterInfo> kept = new ArrayList<>();
        try (SafetensorsReader reader = SafetensorsReader.open(weights)) {
            reader.tensors().forEach((name, entry) -> {
                if (!name.equals(missing)) {
                    kept.add(new ParameterInfo(name, entry.shape()));
                }
            });
        }
        SafetensorsWriter.write(
                weights,
                kept,
                (tensor, output) -> output.accept(ByteBuffer.allocateDirect((int) tensor.count() * Float.BYTES)));
        refused(weights + ": tensor " + missing + " is missing" + CURE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"use_dora\" : false|\"use_dora\" : true|use_dora is true; Trireme needs an adapter without it",
                "\"modules_to_save\" : null|\"modules_to_save\" : [\"lm_head\"]|modules_to_save is [\"lm_head\"]; Trireme needs an adapter without it",
                "\"rank_pattern\" : { }|\"rank_pattern\" : {\"q_proj\": 2}|rank_pattern is {\"q_proj\":2}; Trireme needs an adapter without it",
                "\"init_lora_weights\" : true|\"init_lora_weights\" : \"pissa\"|init_lora_weights is \"pissa\"; Trireme needs true or false or gaussian or orthogonal",
                "\"bias\" : \"none\"|\"bias\" : \"all\"|bias is \"all\"; Trireme needs none",
                "\"peft_type\" : \"LORA\"|\"peft_type\" : \"IA3\"|peft_type is \"IA3\"; Trireme needs LORA",
                "\"r\" : 4|\"r\" : \"four\"|r is \"four\"; Trireme needs an integer below 2^31",
                "\"r\" : 4|\"r\" : -1|loraRank is -1; use 0 to 65536"
            })
    void aSettingThatIsNotComputedIsRefusedByItsKey(String is, String becomes, String problem) throws IOException {
        rewrite(text -> {
            assertThat(text).contains(is);
            return text.replace(is, becomes);
        });
        refused(config + ": " + problem);
    }

    @Test
    void aModuleWithoutTensorsAndTensorsWithoutAModuleAreRefused() throws IOException {
        rewrite(text -> text.replace("\"mlp.down_proj\"", "\"mlp.down_proj\", \"o_proj\""));
        refused(config + ": target_modules names o_proj, of which adapter_model.safetensors has no tensor" + CURE);
        rewrite(text -> text.replace("\"mlp.down_proj\", \"o_proj\"", "\"q_proj\""));
        refused(config + ": target_modules does not name mlp.down_proj, of which adapter_model.safetensors has tensors"
                + CURE);
    }

    @Test
    void aRankStabilisedScaleIsKept() throws IOException {
        rewrite(text -> text.replace("\"use_rslora\" : false", "\"use_rslora\" : true"));
        try (AdapterFolder read = AdapterFolder.open(folder, MODEL)) {
            assertThat(read.lora().scale()).isEqualTo(8 / Math.sqrt(4));
        }
    }

    @Test
    void aFolderThatIsNoneIsRefused() throws IOException {
        Files.delete(weights);
        refused(weights + ": is missing; get all files of the model");
        Files.delete(config);
        refused(folder + ": has no adapter_config.json; name the folder of an adapter");
        Files.delete(folder);
        refused(folder + ": there is no such folder; name a folder with adapter_config.json");
    }

    /** Low-rank parameters that are 0. */
    private record Zeros(ModelConfig model) implements ParameterStore {
        @Override
        public List<ParameterInfo> parameters() {
            return Stage.parametersOf(model).stream()
                    .filter(ParameterInfo::isLowRank)
                    .toList();
        }

        @Override
        public void write(int index, long first, ByteBuffer values) {
            throw new UnsupportedOperationException("only read");
        }

        @Override
        public void read(int index, ByteBuffer values) {
            values.position(values.limit());
        }
    }
}
