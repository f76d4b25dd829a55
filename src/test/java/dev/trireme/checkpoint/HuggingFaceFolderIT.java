package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceFolderIT {
    private static final ModelConfig TINY = ModelConfig.gpt2(2, 4, 32, 211, 64);
    private static final List<ParameterInfo> TENSORS = ModelTensors.of(TINY).parameters();
    private static final HuggingFaceConfig CONFIG = new HuggingFaceConfig(TINY, SpecialTokens.NONE);

    @TempDir
    private Path parent;

    private Path golden;
    private Path folder;

    @BeforeEach
    void findTheFolders() throws Exception {
        golden = Path.of(getClass().getResource("/golden/gpt2-tiny").toURI());
        folder = parent.resolve("model");
    }

    @Test
    void loadsWhatItSavedAndWhatElseWasPutThere() throws IOException {
        MemoryStore store = MemoryStore.random(TENSORS, 1);
        HuggingFaceFolder.save(folder, CONFIG, store, next -> Files.writeString(next.resolve("tokenizer.json"), "{}"));
        assertThat(MemoryStore.loaded(folder).contents()).isEqualTo(store.contents());
        try (HuggingFaceFolder open = HuggingFaceFolder.open(folder)) {
            assertThat(open.config()).isEqualTo(CONFIG);
            assertThat(open.tokenizer()).hasContent("{}");
        }
    }

    @Test
    void loadsAPartOfTheParametersForAStageThatHoldsOnlyThose() {
        List<ParameterInfo> some = TENSORS.subList(5, 9);
        MemoryStore stage = new MemoryStore(some);
        try (HuggingFaceFolder open = HuggingFaceFolder.open(golden)) {
            open.load(stage);
        }
        assertThat(MemoryStore.loaded(golden).contents()).containsAllEntriesOf(stage.contents());
    }

    @Test
    void acceptsNamesWithoutPrefixMasksAndATiedHead() throws IOException {
        MemoryStore store = MemoryStore.random(TENSORS, 2);
        writeTensors(
                store,
                List.of(
                        new ParameterInfo("h.0.attn.bias", List.of(1L, 1L, 64L, 64L)),
                        new ParameterInfo("h.1.attn.masked_bias", List.of()),
                        new ParameterInfo("lm_head.weight", List.of(211L, 32L))));
        assertThat(MemoryStore.loaded(folder).contents()).isEqualTo(store.contents());
    }

    @ParameterizedTest
    @CsvSource({"F16, 0x3c00, 1.0", "F16, 0x0001, 5.9604645E-8", "BF16, 0xc040, -3.0"})
    void widensHalfPrecisionFiles(String type, String bits, float value) throws IOException {
        StringBuilder header = new StringBuilder("{");
        int position = 0;
        for (ParameterInfo parameter : TENSORS) {
            int end = position + (int) DataType.F16.bytes(parameter.shape());
            header.append(header.length() == 1 ? "" : ",")
                    .append("'" + parameter.name() + "':{'dtype':'" + type + "','shape':" + parameter.shape()
                            + ",'data_offsets':[" + position + "," + end + "]}");
            position = end;
        }
        byte[] file = RawSafetensors.file(header + "}", position);
        ByteBuffer halves = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(file.length - position);
        while (halves.hasRemaining()) {
            halves.putShort((short) Integer.decode(bits).intValue());
        }
        writeFolder(file);
        for (ByteBuffer floats : MemoryStore.loaded(folder).contents().values()) {
            while (floats.hasRemaining()) {
                assertThat(floats.order(ByteOrder.LITTLE_ENDIAN).getFloat()).isEqualTo(value);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void tellsWhichParametersAreNotFinite(float value) throws IOException {
        MemoryStore store = MemoryStore.random(TENSORS, 3);
        ByteBuffer.wrap(store.bytes("ln_f.bias")).order(ByteOrder.LITTLE_ENDIAN).putFloat(31 * 4, value);
        HuggingFaceFolder.save(folder, CONFIG, store, others -> {});
        try (HuggingFaceFolder open = HuggingFaceFolder.open(folder)) {
            assertThat(open.load(store)).containsExactly(new ParameterInfo("ln_f.bias", List.of(32L)));
        }
        try (HuggingFaceFolder open = HuggingFaceFolder.open(golden)) {
            assertThat(open.load(store)).isEmpty();
        }
    }

    @Test
    void listsAllTensorsThatAreMissingUnknownOrOfAnotherShapeOrType() throws IOException {
        writeFolder(RawSafetensors.file(
                "{'wte.weight':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
                        + "'ln_f.bias':{'dtype':'I8','shape':[32],'data_offsets':[4,36]},"
                        + "'h.2.ln_1.weight':{'dtype':'F32','shape':[1],'data_offsets':[36,40]},"
                        + "'ln_f.weight':{'dtype':'F32','shape':[0],'data_offsets':[40,40]},"
                        + "'transformer.ln_f.weight':{'dtype':'F32','shape':[0],'data_offsets':[40,40]},"
                        + "'lm_head.weight':{'dtype':'F32','shape':[1],'data_offsets':[40,44]}}",
                44));
        String file = folder.resolve("model.safetensors").toString();
        assertThatThrownBy(() -> HuggingFaceFolder.open(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + ": does not fit config.json")
                .hasMessageContainingAll(
                        "wte.weight (F32 [1] at byte ", " of model.safetensors) should be [211, 32]",
                        "ln_f.bias (I8 [32] at byte ",
                                " of model.safetensors) has a type that is not one of [F16, BF16, F32]",
                        "h.2.ln_1.weight (F32 [1] at byte ", " of model.safetensors) is not part of the model",
                        "transformer.ln_f.weight (F32 [0] at byte ",
                                " of model.safetensors) is there with and without transformer.",
                        "lm_head.weight (F32 [1] at byte ", " of model.safetensors) is not the same as wte.weight",
                        "wpe.weight [64, 32] is missing", "h.1.mlp.c_proj.weight [128, 32] is missing");
    }

    @Test
    void aConfigOfAnotherModelIsRefusedBeforeAnythingOfItsSizeIsAllocated() throws IOException {
        copyGolden();
        HuggingFaceConfig huge =
                new HuggingFaceConfig(ModelConfig.gpt2(10_000, 16, 1 << 20, 10_000_000, 1 << 20), SpecialTokens.NONE);
        Files.writeString(folder.resolve("config.json"), huge.toJson());
        assertThatThrownBy(() -> HuggingFaceFolder.open(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(
                        "wte.weight (F32 [211, 32] at byte 112680 of model.safetensors) should be [10000000, 1048576]")
                .hasMessageContaining("and 119804 more");
    }

    @Test
    void namesWhatIsMissingInTheFolder() throws IOException {
        assertRefused("there is no such folder");
        Files.createDirectory(folder);
        assertRefused("has no config.json");
        Files.writeString(folder.resolve("config.json"), CONFIG.toJson());
        assertRefused("has no model.safetensors and no model.safetensors.index.json");
        Files.writeString(folder.resolve("pytorch_model.bin"), "");
        assertRefused("has only pytorch_model.bin, a pickle, which can run code and is never opened");
        try (HuggingFaceFolder open = HuggingFaceFolder.open(golden)) {
            assertThatThrownBy(open::tokenizer)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("has no tokenizer.json");
        }
    }

    @Test
    void parametersOfAnotherModelAreRefused() {
        List<ParameterInfo> parameters = new ArrayList<>(TENSORS);
        parameters.remove(3);
        MemoryStore lacking = new MemoryStore(parameters);
        assertThatThrownBy(() -> HuggingFaceFolder.save(folder, CONFIG, lacking, others -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(folder).doesNotExist();
        MemoryStore other = new MemoryStore(List.of(new ParameterInfo("wte.weight", List.of(5L, 32L))));
        try (HuggingFaceFolder open = HuggingFaceFolder.open(golden)) {
            assertThatThrownBy(() -> open.load(other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("wte.weight [5, 32] is not a parameter of the model in this folder");
        }
    }

    @Test
    void opensTheFolderThatACrashLeftBetweenItsRenames() throws IOException {
        copyGolden();
        Files.move(folder, parent.resolve(".model.next"));
        Files.createDirectory(parent.resolve(".model.previous"));
        assertThat(MemoryStore.loaded(folder).contents())
                .isEqualTo(MemoryStore.loaded(golden).contents());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aFlippedHeaderByteIsRefusedOrChangesNoValue(long seed) throws IOException {
        copyGolden();
        Path file = folder.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(file);
        var truth = MemoryStore.loaded(golden).contents();
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 2600; i++) {
            byte before = whole[i];
            whole[i] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, whole);
            whole[i] = before;
            try {
                assertThat(MemoryStore.loaded(folder).contents())
                        .as("byte %d", i)
                        .isEqualTo(truth);
            } catch (BadInputException e) {
                assertThat(e).hasMessageStartingWith(file + ": ");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(2400);
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> HuggingFaceFolder.open(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(folder + ": ")
                .hasMessageContaining(message);
    }

    private void copyGolden() throws IOException {
        writeFolder(Files.readAllBytes(golden.resolve("model.safetensors")));
    }

    private void writeFolder(byte[] weights) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), CONFIG.toJson());
        Files.write(folder.resolve("model.safetensors"), weights);
    }

    /** The store's tensors and some more; those more hold the values of the embedding. */
    private void writeTensors(MemoryStore store, List<ParameterInfo> more) throws IOException {
        writeFolder(new byte[0]);
        List<ParameterInfo> all = new ArrayList<>(store.parameters());
        all.addAll(more);
        SafetensorsWriter.write(folder.resolve("model.safetensors"), all, (tensor, output) -> {
            byte[] values = store.bytes(more.contains(tensor) ? "wte.weight" : tensor.name());
            output.accept(ByteBuffer.wrap(values, 0, (int) DataType.F32.bytes(tensor.shape())));
        });
    }
}
