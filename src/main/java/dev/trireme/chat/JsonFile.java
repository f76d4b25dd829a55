package dev.trireme.chat;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads untrusted files of up to 64 MB. */
final class JsonFile {
    private static final long LONGEST = 64L << 20;

    private JsonFile() {}

    static JsonNode read(Path file) {
        try {
            return Json.STRICT_FILE.readTree(text(file));
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new BadInputException(file + ":" + line + ": is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    static String text(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new BadInputException(file + ": there is no such file");
            }
            if (Files.size(file) > LONGEST) {
                throw new BadInputException(file + ": is larger than 64 MB");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read as UTF-8 (" + e + ")", e);
        }
    }
}
