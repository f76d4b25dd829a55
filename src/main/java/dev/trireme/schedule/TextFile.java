package dev.trireme.schedule;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads a user's text file. A device or a pipe, which may never end, is refused; so is a file that is too large. */
final class TextFile {
    private TextFile() {}

    /** @param holds what the file is of, in messages */
    static String read(Path file, int mostBytes, String holds) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new BadInputException(file + ": is not a plain file; name a text file that holds " + holds);
        }
        try (InputStream input = Files.newInputStream(file)) {
            byte[] bytes = input.readNBytes(mostBytes + 1); // it may grow meanwhile
            if (bytes.length > mostBytes) {
                throw new BadInputException(
                        file + ": is larger than " + mostBytes + " bytes; name a file that holds " + holds);
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); name a text file in UTF-8", e);
        }
    }
}
