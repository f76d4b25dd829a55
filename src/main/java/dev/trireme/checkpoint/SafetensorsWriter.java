package dev.trireme.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.AtomicFile;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Uninterrupted;
import dev.trireme.engine.ParameterInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Writes tensors, float32 or rounded to bfloat16, as a safetensors file that transformers opens. The file gets its final name when all of it is
 * on disk; an earlier file of that name stays intact until then.
 */
public final class SafetensorsWriter {
    private static final int PIECE = 1 << 20;

    private final FileChannel channel;

    private final DataType type;

    private SafetensorsWriter(FileChannel channel, DataType type) {
        this.channel = channel;
        this.type = type;
    }

    /** Provides the values of the tensors, one after the other. */
    @FunctionalInterface
    public interface TensorContent {
        /**
         * Provides the values of a tensor.
         *
         * @param tensor the next tensor
         * @param output accepts its bytes, float32 and little endian, in any number of pieces
         */
        void appendTo(ParameterInfo tensor, Consumer<ByteBuffer> output);
    }

    /**
     * Writes a file.
     *
     * @param file its final name, in an existing folder
     * @param tensors what it holds, in this order, each name once
     * @param content called once for each tensor, in the same order
     * @throws CheckpointException when the disk is full or fails; the file is then as it was before
     * @throws IllegalArgumentException when something other than a file has that name, such as a device
     */
    public static void write(Path file, List<ParameterInfo> tensors, TensorContent content) {
        write(file, tensors, DataType.F32, Map.of(), content);
    }

    /**
     * As {@link #write(Path, List, TensorContent)}, in a type of choice.
     *
     * @param file its final name
     * @param tensors what it holds
     * @param type F32, or BF16: the values are rounded to nearest, ties to even
     * @param metadata more of what the file says about itself
     * @param content called once for each tensor
     */
    public static void write(
            Path file,
            List<ParameterInfo> tensors,
            DataType type,
            Map<String, String> metadata,
            TensorContent content) {
        NullChecks.require("file", file, "tensors", tensors, "type", type, "metadata", metadata, "content", content);
        if (type != DataType.F32 && type != DataType.BF16) {
            throw new IllegalArgumentException("type is " + type + "; write F32 or BF16");
        }
        ByteBuffer header = header(tensors, type, metadata);
        try {
            OutputFile.require(file);
            Uninterrupted.run(() -> replace(file, header, tensors, type, content));
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException(file, e);
        }
    }

    private static void replace(
            Path file, ByteBuffer header, List<ParameterInfo> tensors, DataType type, TensorContent content)
            throws IOException {
        Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
        AtomicFile.write(temporary, file, part -> writeNow(part, header, tensors, type, content));
    }

    private static ByteBuffer header(List<ParameterInfo> tensors, DataType type, Map<String, String> metadata) {
        ObjectNode header = JsonNodeFactory.instance.objectNode();
        // transformers refuses files that do not say which framework they are for.
        ObjectNode about = header.putObject("__metadata__").put("format", "pt");
        new TreeMap<>(metadata).forEach(about::put);
        long position = 0;
        for (ParameterInfo tensor : tensors) {
            if (header.has(tensor.name())) {
                throw new IllegalArgumentException("tensor " + tensor.name() + " is there twice; use each name once");
            }
            ObjectNode entry = header.putObject(tensor.name()).put("dtype", type.name());
            ArrayNode shape = entry.putArray("shape");
            tensor.shape().forEach(shape::add);
            long end = Math.addExact(position, type.bytes(tensor.shape()));
            entry.putArray("data_offsets").add(position).add(end);
            position = end;
        }
        byte[] json;
        try {
            json = Json.WRITER.writeValueAsBytes(header);
        } catch (IOException e) {
            throw new IllegalStateException("a tree of plain values could not be written as JSON", e);
        }
        // Spaces at the end align the data to 8 bytes.
        byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + padded.length).order(ByteOrder.LITTLE_ENDIAN);
        return bytes.putLong(padded.length).put(padded).flip();
    }

    private static void writeNow(
            Path file, ByteBuffer header, List<ParameterInfo> tensors, DataType type, TensorContent content)
            throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            SafetensorsWriter writer = new SafetensorsWriter(channel, type);
            writer.append(header);
            for (ParameterInfo tensor : tensors) {
                long begin = channel.position();
                content.appendTo(tensor, writer::appendValues);
                long written = channel.position() - begin;
                if (written != type.bytes(tensor.shape())) {
                    throw new IllegalArgumentException(
                            "tensor " + tensor + " got " + written + " bytes; hand out " + type.bytes(tensor.shape()));
                }
            }
        }
    }

    private void appendValues(ByteBuffer values) {
        if (type == DataType.F32) {
            append(values);
            return;
        }
        ByteBuffer floats = values.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer halves =
                ByteBuffer.allocate(Math.min(PIECE, values.remaining() / 2)).order(ByteOrder.LITTLE_ENDIAN);
        while (floats.hasRemaining()) {
            halves.clear();
            while (floats.hasRemaining() && halves.hasRemaining()) {
                halves.putShort(HalfFloats.toBf16(floats.getFloat()));
            }
            append(halves.flip());
        }
        values.position(values.limit());
    }

    private void append(ByteBuffer values) {
        try {
            while (values.hasRemaining()) {
                ByteBuffer piece = values.slice(values.position(), Math.min(PIECE, values.remaining()));
                values.position(values.position() + channel.write(piece));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
