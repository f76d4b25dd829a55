package dev.trireme.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.data.GoldenFiles;
import dev.trireme.data.tokenizer.BpeModel.Merge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpeModelTest {
    @TempDir
    Path folder;

    @Test
    void theSavedFileSaysWhatTheReferenceSays() throws IOException {
        List<String> lines = Files.readAllLines(GoldenFiles.path("bpe-tiny/text.txt"));
        Path file = folder.resolve("tokenizer.json");

        BpeTrainer.train(lines, 600, List.of("<pad>", "<eos>")).save(file);

        assertThat(GoldenFiles.json(file)).isEqualTo(GoldenFiles.json("bpe-tiny/tokenizer.json"));
    }

    @Test
    void savingReplacesTheOlderFileAndLeavesNothingElse() throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), "older");

        new BpeModel(List.of(), List.of("a"), List.of()).save(file);

        assertThat(GoldenFiles.json(file).at("/model/vocab/a").asInt(-1)).isZero();
        assertThat(folder).isDirectoryContaining(entry -> entry.equals(file));
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    void savingIntoNoFolderFailsWithItsName() {
        Path file = folder.resolve("missing").resolve("tokenizer.json");
        assertThatThrownBy(() -> new BpeModel(List.of(), List.of("a"), List.of()).save(file))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("missing");
    }

    @Test
    void aModelThatIsNotWholeIsRefused() {
        List<Merge> unknown = List.of(new Merge("a", "b"));
        assertThatThrownBy(() -> new BpeModel(List.of(), List.of("a", "a"), List.of()))
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> new BpeModel(List.of("b"), List.of("a", "b"), List.of()))
                .hasMessageContaining("[b]");
        assertThatThrownBy(() -> new BpeModel(List.of(), List.of("a", "b"), unknown))
                .hasMessageContaining("lacks");
    }
}
