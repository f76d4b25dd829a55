package dev.trireme.checkpoint.gguf;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Reads the header of a GGUF file from front to back. Nothing is allocated for bytes that the file does not have. */
final class GgufCursor {
    /** Keys, values and tensors of the largest models take a few dozen megabytes. */
    private static final long LONGEST_HEADER = 256L << 20;

    private static final int LONGEST_MESSAGE = 300;
    private static final int PIECE = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final long fileSize;
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN);
    private long pieceEnd;

    GgufCursor(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.fileSize = channel.size();
        piece.limit(0);
    }

    /** Offset of the next byte. */
    long position() {
        return pieceEnd - piece.remaining();
    }

    long fileSize() {
        return fileSize;
    }

    int u8(String subject) throws IOException {
        return take(1, subject).get() & 0xff;
    }

    short i16(String subject) throws IOException {
        return take(2, subject).getShort();
    }

    int i32(String subject) throws IOException {
        return take(4, subject).getInt();
    }

    long u32(String subject) throws IOException {
        return Integer.toUnsignedLong(i32(subject));
    }

    /** A signed number of 64 bits, or an unsigned one that the caller checks. */
    long i64(String subject) throws IOException {
        return take(8, subject).getLong();
    }

    /** A count or offset: an unsigned number of at most {@code most}. */
    long count(long most, String subject, String what) throws IOException {
        long at = position();
        long count = i64(subject);
        if (count < 0 || count > most) {
            throw malformed(at, subject, what + " is " + Long.toUnsignedString(count) + ", more than " + most);
        }
        return count;
    }

    /** A string of UTF-8 with its length in front. */
    String string(int longest, String subject, String what) throws IOException {
        int length = (int) count(Math.min(longest, fileSize - position()), subject, "the length of " + what);
        long at = position();
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            int part = Math.min(PIECE, length - done);
            take(part, subject).get(bytes, done, part);
            done += part;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed(at, subject, what + " is not UTF-8");
        }
    }

    /** The error for a problem at {@code offset}; {@code subject} is a key or tensor, or empty. */
    BadInputException malformed(long offset, String subject, String what) {
        return malformed(file, offset, subject, what);
    }

    static BadInputException malformed(Path file, long offset, String subject, String what) {
        return new BadInputException(file + ": " + shortened(subject) + (subject.isEmpty() ? "" : " ") + "at byte "
                + offset + ": " + shortened(what) + "; get or write the file again");
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_MESSAGE ? text : text.substring(0, LONGEST_MESSAGE) + "…";
    }

    private ByteBuffer take(int bytes, String subject) throws IOException {
        if (piece.remaining() < bytes) {
            piece.compact();
            while (piece.position() < bytes) {
                int count = channel.read(piece, pieceEnd);
                if (count < 0) {
                    throw malformed(fileSize, subject, "the file ends here");
                }
                pieceEnd += count;
            }
            piece.flip();
        }
        if (position() + bytes > LONGEST_HEADER) {
            throw malformed(position(), subject, "the header is longer than " + LONGEST_HEADER + " bytes");
        }
        return piece;
    }
}
