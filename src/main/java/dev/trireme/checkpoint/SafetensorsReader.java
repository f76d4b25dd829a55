package dev.trireme.checkpoint;

import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Uninterrupted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reads a safetensors file by the format's rules and stricter: no duplicate names, at most 100,000 tensors, names of at
 * most 1 KB without {@code ../} or control characters, 64 dimensions, no types below a byte. Data is copied in bounded
 * pieces. Bits that flipped inside the data cannot be seen: the format has no checksum.
 *
 * <p>Source of the rules: the format's description in the README of {@code huggingface/safetensors}.
 */
public final class SafetensorsReader implements AutoCloseable {
    /** Reads through a heap buffer go by way of a hidden direct one of the same size, so pieces stay small. */
    private static final int PIECE = 1 << 20;

    private final Path file;
    private final FileChannel channel;
    private final SafetensorsHeader header;

    private SafetensorsReader(Path file, FileChannel channel, SafetensorsHeader header) {
        this.file = file;
        this.channel = channel;
        this.header = header;
    }

    /**
     * Opens a file and checks all of its header.
     *
     * @param file a regular file
     * @return the reader; the caller closes it
     * @throws BadInputException when the file breaks a rule, naming tensor and byte offset
     */
    public static SafetensorsReader open(Path file) {
        Objects.requireNonNull(file, "file");
        if (!Files.isRegularFile(file)) {
            throw new BadInputException(file + ": there is no such file; name an existing safetensors file");
        }
        List<SafetensorsReader> opened = new ArrayList<>();
        try {
            Uninterrupted.run(() -> opened.add(openNow(file)));
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e.getMessage() + "); check the file", e);
        }
        return opened.get(0);
    }

    private static SafetensorsReader openNow(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return new SafetensorsReader(file, channel, SafetensorsHeader.parse(new HeaderBytes(file, channel)));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The file's own name, without its folder. */
    String name() {
        return String.valueOf(file.getFileName());
    }

    /**
     * The tensors of the file.
     *
     * @return the tensors by name, in the header's order
     */
    public Map<String, TensorEntry> tensors() {
        return header.tensors();
    }

    /**
     * A tensor that the file must hold.
     *
     * @param name its name
     * @return its location in the file
     * @throws BadInputException when the file has no such tensor
     */
    public TensorEntry tensor(String name) {
        Objects.requireNonNull(name, "name");
        TensorEntry entry = header.tensors().get(name);
        if (entry == null) {
            throw new BadInputException(file + ": has no tensor " + name + "; get the file that has it");
        }
        return entry;
    }

    /**
     * The metadata of the file, for example {@code format=pt}.
     *
     * @return the header's {@code __metadata__}, empty if it has none
     */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /**
     * Copies a whole tensor, little endian as it is in the file.
     *
     * @param tensor an entry of {@link #tensors()}
     * @param destination filled from its position; exactly the tensor's bytes remain in it
     * @throws BadInputException when the file can no longer be read
     */
    public void read(TensorEntry tensor, ByteBuffer destination) {
        NullChecks.require("tensor", tensor, "destination", destination);
        if (destination.remaining() != tensor.bytes()) {
            throw new IllegalArgumentException("a buffer of " + destination.remaining() + " bytes was given for "
                    + tensor.name() + "; use " + tensor.bytes());
        }
        read(tensor, 0, destination);
    }

    /**
     * Copies a part of a tensor.
     *
     * @param tensor an entry of {@link #tensors()}
     * @param offset first byte to copy, counted from the tensor's begin
     * @param destination filled from its position to its limit; the tensor has that many bytes from the offset on
     * @throws BadInputException when the file can no longer be read
     */
    public void read(TensorEntry tensor, long offset, ByteBuffer destination) {
        NullChecks.require("tensor", tensor, "destination", destination);
        if (offset < 0 || offset > tensor.bytes() - destination.remaining()) {
            throw new IllegalArgumentException("bytes " + offset + " to " + (offset + destination.remaining()) + " of "
                    + tensor.name() + " were asked for; it has " + tensor.bytes());
        }
        long position = tensor.begin() + offset;
        int limit = destination.limit();
        try {
            while (destination.position() < limit) {
                destination.limit((int) Math.min(limit, (long) destination.position() + PIECE));
                int count = channel.read(destination, position);
                if (count < 0) {
                    throw new BadInputException(file + ": tensor " + tensor.name() + " at byte " + position
                            + ": the file became shorter while it was read; get it again");
                }
                position += count;
            }
        } catch (IOException e) {
            throw new BadInputException(
                    file + ": tensor " + tensor.name() + " at byte " + position + ": " + e.getMessage(), e);
        } finally {
            destination.limit(limit);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be closed (" + e.getMessage() + "); check the disk", e);
        }
    }
}
