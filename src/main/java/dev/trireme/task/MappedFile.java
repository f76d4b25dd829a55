package dev.trireme.task;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** A file of any size in memory as the system sees fit, read at multiples of the values' size. Little endian. */
final class MappedFile {
    private static final int BITS = 30; // a buffer of Java has less than 2 GB

    private final List<MappedByteBuffer> pieces = new ArrayList<>();
    private final long bytes;

    private MappedFile(FileChannel channel) throws IOException {
        bytes = channel.size();
        for (long begin = 0; begin < bytes; begin += 1L << BITS) {
            MappedByteBuffer piece = channel.map(MapMode.READ_ONLY, begin, Math.min(1L << BITS, bytes - begin));
            piece.order(ByteOrder.LITTLE_ENDIAN);
            pieces.add(piece);
        }
    }

    static MappedFile open(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new MappedFile(channel);
        } catch (IOException e) {
            throw new BadInputException(
                    file + ": cannot be read (" + e + "); remove its folder to have it made again", e);
        }
    }

    long bytes() {
        return bytes;
    }

    byte byteAt(long index) {
        return piece(index).get(place(index));
    }

    int intAt(long index) {
        long at = index * Integer.BYTES;
        return piece(at).getInt(place(at));
    }

    long longAt(long index) {
        long at = index * Long.BYTES;
        return piece(at).getLong(place(at));
    }

    private MappedByteBuffer piece(long at) {
        return pieces.get((int) (at >>> BITS));
    }

    private static int place(long at) {
        return (int) (at & ((1 << BITS) - 1));
    }
}
