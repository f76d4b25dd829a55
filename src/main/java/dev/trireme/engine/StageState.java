package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.bindings.NativeStage;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * All that a stage's next step depends on besides its number and data: the {@link ParameterState}s of every parameter and
 * the number of applied updates. It is by parameter, so that stages of another cut can take it over. Errors are those of
 * {@link Stage}.
 *
 * <pre>
 *   steps ──▶ snapshot ──▶ steps …                     the copy takes as long as reading and writing memory does
 *                  └─────▶ read, by another thread     meanwhile, from the copy
 * </pre>
 */
public final class StageState {
    private final StageHandle handle;
    private final List<ParameterInfo> parameters;

    StageState(StageHandle handle, List<ParameterInfo> parameters) {
        this.handle = handle;
        this.parameters = parameters;
    }

    /**
     * How many updates were applied, of which AdamW's bias correction is a function.
     *
     * @return 0 before the first
     */
    public long updates() {
        return handle.call("updates", NativeStage::updates);
    }

    /**
     * Sets the number of applied updates.
     *
     * @param count from 0 up
     */
    public void setUpdates(long count) {
        handle.run("set updates", stage -> stage.set_updates(count));
    }

    /**
     * Sets a state of a parameter, or of a part of one.
     *
     * @param index of the parameter in {@link Stage#parameters()}
     * @param state which one
     * @param first number of the first value that is set; a matrix is set in whole rows
     * @param values as {@link Stage#write} takes them
     */
    public void write(int index, ParameterState state, long first, ByteBuffer values) {
        NullChecks.require("state", state, "values", values);
        FloatBuffer numbers = HostMemory.floats(values);
        handle.run(
                "write " + ParameterInfo.at(parameters, index, handle),
                stage -> stage.write_state(index, NativeModels.of(state), first, numbers, numbers.remaining()));
    }

    /** Copies all states into host memory that the stage keeps. No other thread may {@link #read} meanwhile. */
    public void snapshot() {
        handle.run("snapshot", NativeStage::take_snapshot);
    }

    /**
     * Copies a state of a whole parameter out of the last {@link #snapshot}. Any thread may call it while another runs a
     * step.
     *
     * @param index of the parameter in {@link Stage#parameters()}
     * @param state which one
     * @param values filled from position to limit as {@link Stage#write} takes them
     */
    public void read(int index, ParameterState state, ByteBuffer values) {
        NullChecks.require("state", state, "values", values);
        FloatBuffer numbers = HostMemory.writableFloats(values);
        handle.beside(
                "read " + ParameterInfo.at(parameters, index, handle),
                stage -> stage.read_snapshot(index, NativeModels.of(state), numbers, numbers.remaining()));
    }
}
