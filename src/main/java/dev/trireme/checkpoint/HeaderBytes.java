package dev.trireme.checkpoint;

import dev.trireme.config.BadInputException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The raw header of a safetensors file: its length is checked, it starts with a brace, and it is UTF-8. */
final class HeaderBytes {
    /** Offset of the header: after its length. */
    static final int BEGIN = Long.BYTES;

    private static final long LONGEST = 100_000_000;
    private static final int PIECE = 1 << 16;
    private static final int LONGEST_MESSAGE = 300;

    private final Path file;
    private final FileChannel channel;
    private final long fileSize;
    private final long dataBegin;

    HeaderBytes(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.fileSize = channel.size();
        this.dataBegin = BEGIN + length();
        requireUtf8();
    }

    long fileSize() {
        return fileSize;
    }

    long dataBegin() {
        return dataBegin;
    }

    Reader characters() {
        return new InputStreamReader(stream(), StandardCharsets.UTF_8);
    }

    private InputStream stream() {
        return new InputStream() {
            private long position = BEGIN;

            @Override
            public int read() throws IOException {
                byte[] single = new byte[1];
                return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                int wanted = (int) Math.min(length, dataBegin - position);
                if (wanted == 0) {
                    return length == 0 ? 0 : -1;
                }
                int count = channel.read(ByteBuffer.wrap(target, offset, wanted), position);
                if (count < 0) {
                    throw new EOFException("the file became shorter while it was read");
                }
                position += count;
                return count;
            }
        };
    }

    /** The offset of a header character in the file. Only errors need it, so it counts from the start each time. */
    long offsetOfCharacter(long index) throws IOException {
        InputStream bytes = new BufferedInputStream(stream(), PIECE);
        long offset = BEGIN;
        for (long characters = 0; offset < dataBegin; offset++) {
            int value = bytes.read();
            boolean continues = (value & 0xc0) == 0x80;
            if (characters == index && !continues) {
                break;
            }
            // Java counts a character of four bytes as two.
            characters += continues ? 0 : value < 0xf0 ? 1 : 2;
        }
        return offset;
    }

    BadInputException malformed(long offset, @Nullable String tensor, String what) {
        String shown = what.length() <= LONGEST_MESSAGE ? what : what.substring(0, LONGEST_MESSAGE) + "…";
        return new BadInputException(file + ": " + (tensor == null ? "" : "tensor " + tensor + " ") + "at byte "
                + offset + ": " + shown + "; get or write the file again");
    }

    private long length() throws IOException {
        if (fileSize < BEGIN) {
            throw malformed(fileSize, null, "the file ends within the length of its header");
        }
        ByteBuffer bytes = ByteBuffer.allocate(BEGIN).order(ByteOrder.LITTLE_ENDIAN);
        channel.read(bytes, 0);
        long length = bytes.getLong(0);
        // The file's number is unsigned: the largest arrive here as negative ones.
        if (length < 2 || length > LONGEST || length > fileSize - BEGIN) {
            String limit = "at most " + LONGEST + " and the " + (fileSize - BEGIN) + " bytes that follow";
            throw malformed(0, null, "the header's length is " + Long.toUnsignedString(length) + ", not 2 to " + limit);
        }
        return length;
    }

    private void requireUtf8() throws IOException {
        if (stream().read() != '{') {
            throw malformed(BEGIN, null, "the header does not start with {");
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer characters = CharBuffer.allocate(PIECE);
        byte[] piece = new byte[PIECE];
        InputStream stream = stream();
        long position = BEGIN;
        int held = 0;
        int count;
        do {
            count = stream.read(piece, held, PIECE - held);
            ByteBuffer bytes = ByteBuffer.wrap(piece, 0, held + Math.max(count, 0));
            if (decoder.decode(bytes, characters.clear(), count < 0).isError()) {
                throw malformed(position + bytes.position(), null, "the header is not UTF-8");
            }
            position += bytes.position();
            held = bytes.remaining();
            // A character cut at the piece's end goes to the front of the next one.
            bytes.compact();
        } while (count >= 0);
    }
}
