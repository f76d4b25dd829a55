package dev.trireme.task;

import dev.trireme.config.BadInputException;
import dev.trireme.data.tokenizer.Tokenizer;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Texts in pieces of bounded length, with all of their characters; UTF-8 files are read strictly. A piece ends after a line that
 * is not empty and before a letter, where tokenizers do not join tokens, if there is such a place in its second half.
 */
final class TextPieces {
    /** Characters of a piece: the tokenizer takes four times as many. */
    static final int USUAL = 1 << 19;

    /** Characters that are encoded at once: the tokenizer is twice as fast with these as with the usual piece. */
    static final int ENCODED = 1 << 14;

    /** Characters on each side of a place where a text may be cut. */
    private static final int AROUND = 32;

    private static final List<String> PROBE = List.of("The end.\n", "And a\n", "new line");

    private final Path file;
    private final int most;
    private final Consumer<String> action;
    private final StringBuilder text = new StringBuilder();
    private long line = 1; // of what comes next
    private boolean begun;

    private TextPieces(Path file, int most, Consumer<String> action) {
        this.file = file;
        this.most = most;
        this.action = action;
    }

    /** Hands every piece to the action, at least one. */
    static void forEach(Path file, int most, Consumer<String> action) {
        TextPieces pieces = new TextPieces(file, most, action);
        try (InputStream input = Files.newInputStream(file)) {
            pieces.read(input);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); check its permissions and its disk", e);
        }
    }

    /** The pieces of a text that is in memory, at least one. */
    static List<String> of(String text) {
        List<String> pieces = new ArrayList<>();
        int at = 0;
        while (text.length() - at > USUAL) {
            int end = at + end(CharBuffer.wrap(text, at, text.length()), USUAL);
            pieces.add(text.substring(at, end));
            at = end;
        }
        pieces.add(text.substring(at));
        return pieces;
    }

    /** Encodes a text piece by piece, to the tokens that it has as a whole. */
    static int[] encode(String text, Tokenizer tokenizer) {
        return encode(encoded(text, tokenizer), tokenizer);
    }

    /** What of a text is encoded at once; all of it where the tokenizer joins pieces wherever they meet. */
    static List<String> encoded(String text, Tokenizer tokenizer) {
        if (text.length() <= ENCODED || joins(PROBE, tokenizer)) {
            return List.of(text);
        }
        List<String> pieces = new ArrayList<>();
        int begin = 0;
        while (begin < text.length()) {
            int end = Math.min(begin + ENCODED, text.length());
            while (end < text.length() && (!isBoundary(text, end) || joins(around(text, end), tokenizer))) {
                end++;
            }
            pieces.add(text.substring(begin, end));
            begin = end;
        }
        return pieces;
    }

    /** Some tokenizers put a space in front of each text, or have tokens across line breaks. */
    private static boolean joins(List<String> pieces, Tokenizer tokenizer) {
        return !Arrays.equals(tokenizer.encode(String.join("", pieces)), encode(pieces, tokenizer));
    }

    private static int[] encode(List<String> pieces, Tokenizer tokenizer) {
        return pieces.stream()
                .map(tokenizer::encode)
                .flatMapToInt(IntStream::of)
                .toArray();
    }

    private static List<String> around(String text, int at) {
        int begin = Math.max(0, at - AROUND);
        int end = Math.min(text.length(), at + AROUND);
        return List.of(
                text.substring(Character.isLowSurrogate(text.charAt(begin)) ? begin + 1 : begin, at),
                text.substring(at, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end));
    }

    private void read(InputStream input) throws IOException {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
        CharBuffer chars = CharBuffer.allocate(1 << 16);
        boolean ended = false;
        while (!ended) {
            int count = input.read(bytes.array(), bytes.position(), bytes.remaining());
            ended = count < 0;
            bytes.position(bytes.position() + Math.max(0, count)).flip();
            CoderResult result = decoder.decode(bytes, chars, ended);
            take(chars.flip());
            if (result.isError()) {
                throw bad("byte 0x%02X is not UTF-8; save the file as UTF-8, or leave it out if it is no text"
                        .formatted(bytes.get(bytes.position())));
            }
            chars.clear();
            bytes.compact();
        }
        if (!begun && text.toString().isBlank()) {
            throw new BadInputException(file + ": is empty; fill it in, or leave it out");
        }
        if (text.length() > 0) {
            action.accept(text.toString());
        }
    }

    private void take(CharBuffer chars) {
        int first = !begun && text.length() == 0 && chars.hasRemaining() && chars.charAt(0) == '\uFEFF' ? 1 : 0;
        for (int i = first; i < chars.remaining(); i++) {
            char character = chars.charAt(i);
            if (character == '\0') {
                throw bad("has a NUL character; save the file as plain UTF-8 text, or leave it out if it is no text");
            }
            line += character == '\n' ? 1 : 0;
        }
        text.append(chars, first, chars.remaining());
        while (text.length() >= most) {
            int end = end(text, most);
            action.accept(text.substring(0, end));
            text.delete(0, end);
            begun = true;
        }
    }

    private static int end(CharSequence text, int most) {
        for (int i = most - 1; i > most / 2; i--) {
            if (isBoundary(text, i)) {
                return i;
            }
        }
        return Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    }

    private static boolean isBoundary(CharSequence text, int at) {
        return at > 1
                && text.charAt(at - 1) == '\n'
                && !Character.isWhitespace(text.charAt(at - 2))
                && Character.isLetter(text.charAt(at));
    }

    private BadInputException bad(String problem) {
        return new BadInputException(file + ":" + line + ": " + problem);
    }
}
