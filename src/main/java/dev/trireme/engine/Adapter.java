package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.bindings.NativeLoraConfig;
import dev.trireme.model.LoraConfig;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Low-rank updates that a stage keeps beside its weights, for the sequences of generation whose {@link TokenRows} name
 * them. Any number of them are open at once. Errors are those of {@link Stage}.
 */
public final class Adapter implements AutoCloseable {
    private final StageHandle handle;
    private final int number;
    private final List<ParameterInfo> parameters;

    private Adapter(StageHandle handle, int number, List<ParameterInfo> parameters) {
        this.handle = handle;
        this.number = number;
        this.parameters = parameters;
    }

    /**
     * Makes an adapter of zeros, in place of an open one of that number.
     *
     * @param stage that it belongs to
     * @param number from 1
     * @param config what it updates; its dropout is of training alone
     * @return the adapter, which the caller closes
     * @throws IllegalArgumentException when the model has no such projections
     */
    public static Adapter open(Stage stage, int number, LoraConfig config) {
        NullChecks.require("stage", stage, "config", config);
        return stage.handle().call("open adapter " + number, opened -> {
            try (NativeLoraConfig updates = NativeModels.of(config)) {
                opened.open_adapter(number, updates);
            }
            List<ParameterInfo> parameters = LongStream.range(0, opened.adapter_parameters(number))
                    .mapToObj(index -> new ParameterInfo(
                            opened.adapter_parameter_name(number, index),
                            List.of(
                                    opened.adapter_parameter_size(number, index, 0),
                                    opened.adapter_parameter_size(number, index, 1))))
                    .toList();
            return new Adapter(stage.handle(), number, parameters);
        });
    }

    /**
     * The matrices of this stage's part.
     *
     * @return every A and B; none where it updates nothing
     */
    public List<ParameterInfo> parameters() {
        return parameters;
    }

    /**
     * Sets a matrix, or a part of one.
     *
     * @param index its index in {@link #parameters()}
     * @param first number of the first value that is set, in whole rows
     * @param values as {@link Stage#write} takes them
     */
    public void write(int index, long first, ByteBuffer values) {
        NullChecks.require("values", values);
        FloatBuffer numbers = HostMemory.floats(values);
        handle.run(
                "write " + ParameterInfo.at(parameters, index, this),
                stage -> stage.write_adapter(number, index, first, numbers, numbers.remaining()));
    }

    /** Frees the adapter; also when the stage is closed already. A second call does nothing. */
    @Override
    public void close() {
        try {
            handle.run("close adapter " + number, stage -> stage.close_adapter(number));
        } catch (IllegalStateException e) {
            return; // the stage is closed, and with it all that it had
        }
    }

    @Override
    public String toString() {
        return "adapter " + number + " of " + handle;
    }
}
