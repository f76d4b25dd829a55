package dev.trireme.cli.option;

import dev.trireme.chat.Conversation;
import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The prompts: one of these options. */
public final class PromptSettings {
    private static final int LARGEST_FILE_BYTES = 1 << 26;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            required = true,
            converter = Arguments.AnyText.class,
            description = "The text to continue.")
    private Optional<String> prompt = Optional.empty();

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            required = true,
            description = "A UTF-8 file with one prompt a line; empty lines are skipped.")
    private Optional<Path> prompts = Optional.empty();

    @Option(
            names = "--translate",
            paramLabel = "TEXT",
            required = true,
            description = "A text to translate, for a model that train made; the end token is appended.")
    private Optional<String> translate = Optional.empty();

    @Option(
            names = "--chat",
            paramLabel = "TEXT",
            required = true,
            converter = Arguments.AnyText.class,
            description = "A user's message, written as the model's chat template says.")
    private Optional<String> chat = Optional.empty();

    @Option(
            names = "--messages",
            paramLabel = "FILE.json",
            required = true,
            description = "A conversation: an array of {\"role\", \"content\"}, or an object with messages and tools.")
    private Optional<Path> messages = Optional.empty();

    /** The conversation, if it is one. */
    public Optional<Conversation> conversation() {
        return messages.map(file -> Conversation.read(file, Optional.empty())).or(() -> chat.map(Conversation::ofUser));
    }

    public boolean isOne() {
        return prompts.isEmpty();
    }

    public boolean isTranslation() {
        return translate.isPresent();
    }

    /** The prompts, if they are no conversation: only a model knows how that is written. */
    public List<String> texts() {
        return prompts.isPresent()
                ? read(prompts.get())
                : List.of(translate.or(() -> prompt).orElseThrow());
    }

    private static List<String> read(Path file) {
        List<String> lines =
                decode(file).lines().filter(line -> !line.isBlank()).toList();
        if (lines.isEmpty()) {
            throw new BadInputException(file + ": has no prompt; write one a line");
        }
        return lines;
    }

    private static String decode(Path file) {
        ByteBuffer bytes = ByteBuffer.wrap(bytes(file));
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new BadInputException(file + ":" + lineOf(bytes) + ": is not UTF-8; save the file as UTF-8", e);
        }
    }

    private static byte[] bytes(Path file) {
        // To open a pipe may wait for its writer, and a device may give bytes for ever.
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new BadInputException(file + ": is a folder, a pipe or a device; name a text file");
        }
        try (InputStream input = Files.newInputStream(file)) {
            byte[] bytes = input.readNBytes(LARGEST_FILE_BYTES + 1); // what is in /proc has no size
            if (bytes.length > LARGEST_FILE_BYTES) {
                throw new BadInputException(
                        file + ": is larger than " + LARGEST_FILE_BYTES + " bytes; cut it into several files");
            }
            return bytes;
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); name an existing text file", e);
        }
    }

    /** The line that the buffer's position is in. */
    private static long lineOf(ByteBuffer bytes) {
        long line = 1;
        for (int i = 0; i < bytes.position(); i++) {
            line += bytes.get(i) == '\n' ? 1 : 0;
        }
        return line;
    }
}
