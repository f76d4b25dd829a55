package dev.trireme.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.SafetensorsReader;
import dev.trireme.checkpoint.TensorEntry;
import dev.trireme.config.BadInputException;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufImportTest {
    @TempDir
    private Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-k", "mistral", "qwen2", "qwen3", "gpt2"})
    void everyTensorHasTheNameShapeAndBitsThatTransformersReads(String name) {
        Path folder = imported(name);

        Map<String, String> expected = new TreeMap<>();
        GoldenGguf.json("tensors.json")
                .path(name)
                .properties()
                .forEach(tensor -> expected.put(
                        tensor.getKey(),
                        tensor.getValue().path("shape") + " "
                                + tensor.getValue().path("sha256").asText()));
        assertThat(tensors(folder)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-k", "qwen2", "gpt2"})
    void textsBecomeTheIdsThatTransformersReads(String name) {
        JsonNode golden = GoldenGguf.json("tokenizers.json").path(name);

        try (Tokenizer tokenizer = Tokenizer.open(imported(name).resolve("tokenizer.json"))) {
            for (int i = 0; i < golden.path("texts").size(); i++) {
                String text = golden.path("texts").path(i).asText();
                int[] ids = StreamSupport.stream(golden.path("ids").path(i).spliterator(), false)
                        .mapToInt(JsonNode::asInt)
                        .toArray();
                assertThat(tokenizer.encodePromptWithSpecialTokens(text))
                        .as("\"%s\"", text)
                        .isEqualTo(ids);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "llama, llama, rope_theta, 10000.0",
        "llama, llama, tie_word_embeddings, false",
        "llama-k, llama, tie_word_embeddings, true",
        "llama-k, llama, head_dim, 64",
        "mistral, mistral, sliding_window, 32",
        "qwen2, qwen2, use_sliding_window, false",
        "qwen3, qwen3, head_dim, 128",
        "gpt2, gpt2, n_positions, 1024"
    })
    void theConfigurationNamesFamilyAndConstants(String name, String family, String key, String value) {
        JsonNode config = GoldenGguf.json(imported(name).resolve("config.json"));

        assertThat(config.path("model_type").asText()).isEqualTo(family);
        assertThat(config.path(key).asText()).isEqualTo(value);
    }

    @Test
    void factorsOfFrequenciesBecomeTheScalingThatGivesThem() {
        JsonNode rope =
                GoldenGguf.json(imported("llama-k").resolve("config.json")).path("rope_parameters");

        assertThat(rope.path("rope_type").asText()).isEqualTo("llama3");
        assertThat(rope.path("factor").asDouble()).isEqualTo(8);
        assertThat(rope.path("original_max_position_embeddings").asInt()).isEqualTo(8192);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-k", "gpt2"})
    void theFolderOpensAsAModel(String name) {
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(imported(name))) {
            assertThat(folder.config().model().vocabulary()).isPositive();
        }
    }

    @Test
    void theChatTemplateComesAlong() throws IOException {
        String template = Files.readString(imported("qwen2").resolve("chat_template.jinja"));

        assertThat(template).startsWith("{% for m in messages %}");
    }

    @Test
    void anInterruptWaitsUntilTheFolderIsWholeAndStaysSet() {
        Path folder = temporary.resolve("interrupted");

        Thread.currentThread().interrupt();
        GgufImport.write(GoldenGguf.file("gpt2.gguf"), folder, (done, all) -> {});

        assertThat(Thread.interrupted()).isTrue();
        HuggingFaceFolder.open(folder).close();
    }

    @Test
    void whatIsNoFileIsCalledWhatItIs() throws Exception {
        Path pipe = temporary.resolve("pipe.gguf");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        assertNoFile(pipe, "is a pipe or a device");
        assertNoFile(Path.of("/dev/null"), "is a pipe or a device");
        assertNoFile(temporary, "is a folder");
        assertNoFile(temporary.resolve("none"), "there is no such file");
    }

    private void assertNoFile(Path path, String what) {
        assertThatThrownBy(() -> GgufImport.write(path, temporary.resolve("out"), (done, all) -> {}))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(path + ": " + what)
                .hasMessageEndingWith("name an existing GGUF file");
    }

    @Test
    void aFolderThatIsNoModelStaysAsItIs() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("notes"));
        Path note = Files.writeString(folder.resolve("note.txt"), "keep");

        assertThatThrownBy(() -> GgufImport.write(GoldenGguf.file("gpt2.gguf"), folder, (done, all) -> {}))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is there and no model folder");
        assertThat(note).hasContent("keep");
    }

    private Path imported(String name) {
        Path folder = temporary.resolve(name);
        GgufImport.write(GoldenGguf.file(name + ".gguf"), folder, (done, all) -> {});
        return folder;
    }

    private static Map<String, String> tensors(Path folder) {
        Map<String, String> tensors = new TreeMap<>();
        try (SafetensorsReader reader = SafetensorsReader.open(folder.resolve("model.safetensors"))) {
            for (TensorEntry entry : reader.tensors().values()) {
                ByteBuffer bytes = ByteBuffer.allocate((int) entry.bytes());
                reader.read(entry, bytes);
                String shape = entry.shape().toString().replace(" ", "");
                tensors.put(entry.name(), shape + " " + HexFormat.of().formatHex(sha256().digest(bytes.array())));
            }
        }
        return tensors;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
