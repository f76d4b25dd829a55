package dev.trireme.checkpoint;

import dev.trireme.engine.ParameterInfo;
import java.nio.ByteBuffer;
import java.util.List;

/** An owner of parameters: the stages of a model in this process. */
public interface ParameterStore {
    /**
     * The parameters.
     *
     * @return every parameter once, a shared matrix too
     */
    List<ParameterInfo> parameters();

    /**
     * Sets a part of a parameter: whole rows of a matrix, or any range of a vector. Loading writes the parts of a
     * parameter in order, from one thread.
     *
     * @param index its index in {@link #parameters()}
     * @param first number of the first value that is set, in stored order
     * @param values the values, from position to limit: float32, little endian, in a direct buffer whose memory is used
     *     again after the call
     */
    void write(int index, long first, ByteBuffer values);

    /**
     * Copies a whole parameter out.
     *
     * @param index its index in {@link #parameters()}
     * @param values filled from position to limit, with values as {@link #write} takes them
     */
    void read(int index, ByteBuffer values);
}
