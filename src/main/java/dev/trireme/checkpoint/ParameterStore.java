package dev.trireme.checkpoint;

import dev.trireme.engine.ParameterInfo;
import java.nio.ByteBuffer;
import java.util.List;

/** Something that owns parameters: a model, or the stages of one that this process holds. */
public interface ParameterStore {
    /**
     * What it holds.
     *
     * @return every parameter once, a shared matrix too
     */
    List<ParameterInfo> parameters();

    /**
     * Sets a parameter.
     *
     * @param index its place in {@link #parameters()}
     * @param values all its values in stored order, from position to limit: float32, little endian, in a direct buffer
     *     whose memory is used again after the call
     */
    void write(int index, ByteBuffer values);

    /**
     * Copies a parameter out.
     *
     * @param index its place in {@link #parameters()}
     * @param values filled from position to limit as {@link #write} takes them
     */
    void read(int index, ByteBuffer values);
}
