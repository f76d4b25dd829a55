package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;

class PromptSettingsTest {
    @TempDir
    private Path folder;

    @Test
    void aFileHasAPromptALine() throws IOException {
        assertThat(read("Grüß Gott.\r\n\n  indented\nlast")).containsExactly("Grüß Gott.", "  indented", "last");
    }

    @Test
    void bytesThatAreNoTextAreNamedByLine() {
        assertThatThrownBy(() -> read(new byte[] {'a', '\n', 'b', (byte) 0xFF, '\n'}))
                .isInstanceOf(BadInputException.class)
                .hasMessage(folder.resolve("prompts.txt") + ":2: is not UTF-8; save the file as UTF-8");
    }

    @Test
    void aFileWithoutPromptsIsRefused() {
        assertThatThrownBy(() -> read("\n\n"))
                .isInstanceOf(BadInputException.class)
                .hasMessage(folder.resolve("prompts.txt") + ": has no prompt; write one a line");
    }

    @Test
    void aFileThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> parse("--prompts", folder.resolve("nothing").toString()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("nothing: cannot be read");
    }

    private List<String> read(String text) throws IOException {
        return read(text.getBytes(StandardCharsets.UTF_8));
    }

    private List<String> read(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("prompts.txt"), bytes);
        return parse("--prompts", file.toString());
    }

    private static List<String> parse(String option, String value) {
        Options options = new Options();
        new CommandLine(options).parseArgs(option, value);
        return options.prompts.texts();
    }

    @Command
    private static final class Options {
        @ArgGroup(multiplicity = "1")
        private PromptSettings prompts = new PromptSettings();
    }
}
