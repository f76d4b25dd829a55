package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trireme.config.GenerationDefaults;
import dev.trireme.engine.ParameterInfo;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The folders that transformers wrote. */
class GoldenFoldersTest {
    @TempDir
    private Path parent;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt2-tiny",
                "llama-tiny",
                "llama-rope3",
                "llama-rope3-mid",
                "llama-tied",
                "qwen2-tiny",
                "mistral-tiny",
                "qwen3-tiny"
            })
    void areLoadedAsTheBytesThatTheirHeadersPointTo(String name) throws Exception {
        Map<String, byte[]> truth = bytesByStoredName(golden(name).resolve("model.safetensors"));
        MemoryStore store = MemoryStore.loaded(golden(name));
        Map<String, byte[]> loaded = new TreeMap<>();
        for (ParameterInfo parameter : store.parameters()) {
            String prefix = name.startsWith("gpt2") ? "transformer." : "model.";
            boolean head = parameter.name().equals("lm_head.weight");
            loaded.put(head ? parameter.name() : prefix + parameter.name(), store.bytes(parameter.name()));
        }
        assertThat(loaded).containsOnlyKeys(truth.keySet());
        loaded.forEach((tensor, bytes) -> assertThat(bytes).as(tensor).isEqualTo(truth.get(tensor)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt2-tiny",
                "llama-tiny",
                "llama-rope3",
                "llama-rope3-mid",
                "llama-tied",
                "qwen2-tiny",
                "mistral-tiny",
                "qwen3-tiny"
            })
    void areSavedAsTheSameBytes(String name) throws Exception {
        Path folder = parent.resolve("model");
        try (HuggingFaceFolder open = HuggingFaceFolder.open(golden(name))) {
            HuggingFaceFolder.save(folder, open.config(), MemoryStore.loaded(golden(name)), others -> {});
            assertThat(folder.resolve("model.safetensors"))
                    .hasSameBinaryContentAs(golden(name).resolve("model.safetensors"));
            assertThat(open.generationDefaults()).isEqualTo(GenerationDefaults.NONE);
            try (HuggingFaceFolder again = HuggingFaceFolder.open(folder)) {
                assertThat(again.config()).isEqualTo(open.config());
            }
        }
    }

    private Path golden(String name) throws URISyntaxException {
        return Path.of(getClass().getResource("/golden/" + name).toURI());
    }

    private static Map<String, byte[]> bytesByStoredName(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonNode header = new ObjectMapper().readTree(bytes, 8, length);
        Map<String, byte[]> tensors = new TreeMap<>();
        header.properties().forEach(entry -> {
            JsonNode offsets = entry.getValue().path("data_offsets");
            if (!entry.getKey().equals("__metadata__")) {
                int begin = 8 + length + offsets.get(0).intValue();
                tensors.put(
                        entry.getKey(),
                        Arrays.copyOfRange(
                                bytes, begin, 8 + length + offsets.get(1).intValue()));
            }
        });
        return tensors;
    }
}
