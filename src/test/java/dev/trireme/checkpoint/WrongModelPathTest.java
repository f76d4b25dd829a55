package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.model.HuggingFaceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands where a model's folder was expected is named, and what to do about it. */
class WrongModelPathTest {
    @TempDir
    private Path folder;

    @Test
    void aGgufFileAndAFolderOfOneAreNamedWithTheCommandThatMakesAFolder() throws IOException {
        Path gguf = Files.createFile(folder.resolve("tiny.gguf"));
        String cure = "; make a folder of it: bin/trireme import " + gguf + " --out DIR";
        refuses(gguf, ": is a GGUF file, not a folder with config.json" + cure);
        refuses(folder, ": has no config.json but the GGUF file tiny.gguf" + cure);
    }

    @Test
    void aFileIsNotTakenForAMissingFolder() throws IOException {
        refuses(
                Files.createFile(folder.resolve("model.bin")),
                ": is a file, not a folder; name the folder with config.json");
    }

    @Test
    void aFolderIsNotTakenForAMissingFile() {
        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessage(folder + ": is a folder, not a file; name the JSON file itself");
    }

    private static void refuses(Path path, String message) {
        assertThatThrownBy(() -> HuggingFaceFolder.open(path).close())
                .isInstanceOf(BadInputException.class)
                .hasMessage(path + message);
    }
}
