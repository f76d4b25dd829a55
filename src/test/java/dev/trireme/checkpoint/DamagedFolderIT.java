package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.config.BadInputException;
import dev.trireme.config.SpecialTokens;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Damage of the small files around the weights is refused, or it changed nothing that counts. */
@Timeout(120)
class DamagedFolderIT {
    private static final ModelConfig TINY = ModelConfig.llama(1, 2, 1, 8, 6, 11, 16);

    @TempDir
    private Path parent;

    private Path folder;
    private MemoryStore truth;

    @BeforeEach
    void writeAFolder() throws IOException {
        truth = MemoryStore.random(ModelTensors.of(TINY).parameters(), 1);
        HuggingFaceConfig config = new HuggingFaceConfig(TINY, new SpecialTokens(1, List.of(2, 3), 0));
        folder = Shards.write(parent.resolve("model"), config, truth);
        Files.writeString(
                folder.resolve("generation_config.json"),
                "{\"do_sample\": true, \"eos_token_id\": [2, 3], \"temperature\": 0.6, \"top_k\": 40, \"top_p\": 0.9,"
                        + " \"min_p\": 0.1, \"repetition_penalty\": 1.1, \"max_new_tokens\": 100}");
    }

    @ParameterizedTest
    @CsvSource({
        "model.safetensors.index.json, 1",
        "model.safetensors.index.json, 2",
        "config.json, 3",
        "config.json, 4",
        "generation_config.json, 5"
    })
    void isRefusedOrLoadsTheSameValues(String name, long seed) throws IOException {
        Path file = folder.resolve(name);
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(seed);
        int refused = 0;
        for (int round = 0; round < 500; round++) {
            Files.write(file, Damage.of(whole, random));
            try {
                assertThat(MemoryStore.loaded(folder).contents())
                        .as("round %d", round)
                        .isEqualTo(truth.contents());
            } catch (BadInputException e) {
                assertThat(e).hasMessageStartingWith(folder.toString());
                refused++;
            }
        }
        assertThat(refused).isBetween(50, 499);
    }
}
