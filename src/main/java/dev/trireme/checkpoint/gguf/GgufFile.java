package dev.trireme.checkpoint.gguf;

import dev.trireme.config.BadInputException;
import dev.trireme.config.Uninterrupted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An open GGUF file with a valid header. Values are read and dequantised in bounded pieces. */
final class GgufFile implements AutoCloseable {
    /** The most values that {@link #read} gives at once. */
    static final int PIECE = 1 << 16;

    private final Path path;
    private final FileChannel channel;
    private final GgufHeader header;
    private final ByteBuffer bytes = ByteBuffer.allocate(PIECE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private GgufFile(Path path, FileChannel channel, GgufHeader header) {
        this.path = path;
        this.channel = channel;
        this.header = header;
    }

    /**
     * Opens a file and checks all of its header.
     *
     * @throws BadInputException when the file breaks a rule, naming key or tensor and byte offset
     */
    static GgufFile open(Path path) {
        if (!Files.isRegularFile(path)) {
            String what =
                    Files.isDirectory(path) ? "is a folder" : "is a pipe or a device, which cannot be read anywhere";
            throw new BadInputException(path + ": " + (Files.exists(path) ? what : "there is no such file")
                    + "; name an existing GGUF file");
        }
        List<GgufFile> opened = new ArrayList<>();
        try {
            Uninterrupted.run(() -> opened.add(openNow(path)));
        } catch (IOException e) {
            throw new BadInputException(path + ": cannot be read (" + e.getMessage() + "); check the file", e);
        }
        return opened.get(0);
    }

    private static GgufFile openNow(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new GgufFile(path, channel, GgufHeader.parse(new GgufCursor(path, channel)));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    GgufMetadata metadata() {
        return new GgufMetadata(path, header.metadata());
    }

    Map<String, GgufTensor> tensors() {
        return header.tensors();
    }

    /** The error for a problem of a tensor. */
    BadInputException malformed(GgufTensor tensor, String what) {
        return GgufCursor.malformed(path, tensor.begin(), "tensor " + tensor.name(), what);
    }

    BadInputException bad(String what) {
        return new BadInputException(path + ": " + what);
    }

    /**
     * Reads values of a tensor and checks that they are finite.
     *
     * @param first index of the first value, where a block begins
     * @param count how many, whole blocks, at most {@link #PIECE}
     * @param values takes them from index 0 on
     * @throws BadInputException when the file can no longer be read, or a value is NaN or infinite
     */
    void read(GgufTensor tensor, long first, int count, float[] values) {
        long begin = tensor.begin() + tensor.type().bytes(first);
        bytes.clear().limit((int) tensor.type().bytes(count));
        readFully(tensor, begin);
        tensor.type().dequantize(bytes, values, count);
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i])) {
                long block = (first + i)
                        / tensor.type().blockValues()
                        * tensor.type().blockValues();
                throw GgufCursor.malformed(
                        path,
                        tensor.begin() + tensor.type().bytes(block),
                        "tensor " + tensor.name(),
                        "value " + (first + i) + " is " + values[i] + ", not a finite number");
            }
        }
    }

    private void readFully(GgufTensor tensor, long begin) {
        long position = begin;
        try {
            while (bytes.hasRemaining()) {
                int count = channel.read(bytes, position);
                if (count < 0) {
                    throw malformed(tensor, "the file became shorter while it was read");
                }
                position += count;
            }
        } catch (IOException e) {
            throw new BadInputException(
                    path + ": tensor " + tensor.name() + " at byte " + position + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new BadInputException(path + ": cannot be closed (" + e.getMessage() + "); check the disk", e);
        }
    }
}
