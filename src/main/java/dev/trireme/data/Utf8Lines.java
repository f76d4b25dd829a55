package dev.trireme.data;

import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Reads a UTF-8 file line by line: strictly, and holding no more than one line of bounded length. Empty lines are skipped. */
public final class Utf8Lines {
    static final int LONGEST_LINE_BYTES = 1 << 20;

    /**
     * One line without its end, and where it stands.
     *
     * @param file that it is in
     * @param number from 1
     * @param text without its end
     */
    public record Line(Path file, long number, String text) {
        /** Checks that no component is null. */
        public Line {
            NullChecks.require("file", file, "text", text);
        }

        /**
         * The error for this line.
         *
         * @param problemAndCure what is wrong, and what to do
         * @return an error that names file and line
         */
        public BadInputException bad(String problemAndCure) {
            Objects.requireNonNull(problemAndCure, "problemAndCure");
            return new BadInputException(file + ":" + number + ": " + problemAndCure);
        }
    }

    private final Path file;
    private final InputStream input;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final byte[] block = new byte[1 << 16];
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int position;
    private int limit;
    private long lineStart;
    private long number;

    private final int longest;

    private Utf8Lines(Path file, InputStream input, int longest) {
        this.longest = longest;
        this.file = file;
        this.input = input;
    }

    /** Hands every line that is not empty to the action. */
    static void forEach(Path file, Consumer<Line> action) {
        forEach(file, LONGEST_LINE_BYTES, action);
    }

    /**
     * Hands every line that is not empty to the action.
     *
     * @param file to read
     * @param longest bytes that a line may have
     * @param action on each line
     * @throws BadInputException naming file, line and cure, if the file cannot be read, is no UTF-8 or has a longer line
     */
    public static void forEach(Path file, int longest, Consumer<Line> action) {
        NullChecks.require("file", file, "action", action);
        forEachWhile(file, longest, line -> {
            action.accept(line);
            return true;
        });
    }

    /**
     * As {@link #forEach(Path, int, Consumer)}, up to a line after which no more is wanted.
     *
     * @param file to read
     * @param longest bytes that a line may have
     * @param action on each line; false for no more
     */
    public static void forEachWhile(Path file, int longest, Predicate<Line> action) {
        NullChecks.require("file", file, "action", action);
        if (!Files.isRegularFile(file)) {
            throw new BadInputException(
                    file + ": " + (Files.exists(file) ? "is not a plain file" : "there is no such file")
                            + "; name an existing text file");
        }
        try (InputStream input = Files.newInputStream(file)) {
            Utf8Lines lines = new Utf8Lines(file, input, longest);
            boolean goesOn = true;
            while (goesOn && lines.readLine()) {
                Line line = new Line(file, lines.number, lines.decode());
                goesOn = line.text().isEmpty() || action.test(line);
            }
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); check its permissions and its disk", e);
        }
    }

    /** Collects the bytes up to the next line feed or the end; false if there is nothing left. */
    private boolean readLine() throws IOException {
        bytes.reset();
        number++;
        while (position < limit || fill()) {
            int end = position;
            while (end < limit && block[end] != '\n') {
                end++;
            }
            if (bytes.size() + end - position > longest) {
                throw bad("is longer than " + longest + " bytes; put one "
                        + (longest == LONGEST_LINE_BYTES
                                ? "pair on a line"
                                : "document on a line, and a longer text into a .txt file"));
            }
            bytes.write(block, position, end - position);
            boolean ended = end < limit;
            position = ended ? end + 1 : end;
            if (ended) {
                return true;
            }
        }
        return bytes.size() > 0;
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, input.read(block));
        return limit > 0;
    }

    private String decode() {
        ByteBuffer encoded = ByteBuffer.wrap(bytes.toByteArray());
        CharBuffer decoded = CharBuffer.allocate(encoded.remaining());
        CoderResult result = decoder.reset().decode(encoded, decoded, true);
        if (result.isError()) {
            throw bad("byte %d of the file (0x%02X) is not UTF-8; save the file as UTF-8"
                    .formatted(lineStart + encoded.position(), encoded.get()));
        }
        lineStart += bytes.size() + 1L;
        String text = decoded.flip().toString();
        if (text.indexOf('\0') >= 0) {
            throw bad("has a NUL character; save the file as plain UTF-8 text");
        }
        int start = text.startsWith("\uFEFF") ? 1 : 0; // not only in line 1: files get joined
        return text.substring(start, text.endsWith("\r") ? text.length() - 1 : text.length());
    }

    private BadInputException bad(String problemAndCure) {
        return new Line(file, number, "").bad(problemAndCure);
    }
}
