package dev.trireme.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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

    @Test
    @Timeout(60)
    void whatMayNeverEndIsRefusedUnread() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        for (String file : List.of("/dev/zero", pipe.toString(), folder.toString())) {
            assertThatThrownBy(() -> parse("--prompts", file))
                    .isInstanceOf(BadInputException.class)
                    .hasMessage(file + ": is a folder, a pipe or a device; name a text file");
        }
    }

    @Test
    void aFileAbove64MegabytesIsRefused() throws IOException {
        Path file = folder.resolve("huge.txt");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength((64L << 20) + 1);
        }
        assertThatThrownBy(() -> parse("--prompts", file.toString()))
                .isInstanceOf(BadInputException.class)
                .hasMessage(file + ": is larger than 67108864 bytes; cut it into several files");
    }

    @Test
    void aTextToTranslateIsOneTextAndNotBesideAPrompt() {
        assertThat(parse("--translate", "Guten Tag.")).containsExactly("Guten Tag.");
        assertThatThrownBy(() -> new CommandLine(new Options()).parseArgs("--translate", "a", "--prompt", "b"))
                .isInstanceOf(CommandLine.MutuallyExclusiveArgsException.class);
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
