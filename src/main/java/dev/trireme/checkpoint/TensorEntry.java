package dev.trireme.checkpoint;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * The location of a tensor in a safetensors file.
 *
 * @param name its name as the file has it
 * @param type its element type
 * @param shape its sizes; empty for a single number
 * @param begin offset of its first byte, counted from the start of the file
 * @param end offset after its last byte, counted from the start of the file
 */
public record TensorEntry(String name, DataType type, List<Long> shape, long begin, long end) {
    /** Copies the shape. */
    public TensorEntry {
        NullChecks.require("name", name, "type", type, "shape", shape);
        shape = List.copyOf(shape);
    }

    /**
     * Its size in the file.
     *
     * @return bytes
     */
    public long bytes() {
        return end - begin;
    }
}
