package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.bindings.NativeStage;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;

/**
 * A parameter of a stage.
 *
 * @param name as Hugging Face has it, without {@code transformer.} in front
 * @param shape its sizes as a file stores them, so (in, out) for GPT-2's linear weights
 */
public record ParameterInfo(String name, List<Long> shape) {
    /** Copies the shape. */
    public ParameterInfo {
        NullChecks.require("name", name, "shape", shape);
        shape = List.copyOf(shape);
    }

    /**
     * Whether it belongs to a low-rank update, which files hold apart from the model.
     *
     * @return true for {@code lora_A} and {@code lora_B}
     */
    public boolean isLowRank() {
        return name.endsWith(".lora_A.weight") || name.endsWith(".lora_B.weight");
    }

    /**
     * How many float32 values it has.
     *
     * @return the product of the shape
     */
    public long count() {
        return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    /**
     * How many values some parameters have together.
     *
     * @param parameters any
     * @return the sum of their counts
     */
    public static long count(List<ParameterInfo> parameters) {
        Objects.requireNonNull(parameters, "parameters");
        return parameters.stream().mapToLong(ParameterInfo::count).sum();
    }

    @Override
    public String toString() {
        return name + " " + shape;
    }

    /** One of a stage's parameters. */
    static ParameterInfo at(List<ParameterInfo> parameters, int index, Object owner) {
        if (index < 0 || index >= parameters.size()) {
            throw new IllegalArgumentException(
                    "parameter " + index + " of " + owner + " is not there; use 0 to " + (parameters.size() - 1));
        }
        return parameters.get(index);
    }

    /** What a stage in C++ holds, in its order. */
    static List<ParameterInfo> of(NativeStage stage) {
        return LongStream.range(0, stage.parameters())
                .mapToObj(index -> new ParameterInfo(
                        stage.parameter_name(index),
                        LongStream.range(0, stage.parameter_axes(index))
                                .mapToObj(axis -> stage.parameter_size(index, axis))
                                .toList()))
                .toList();
    }
}
