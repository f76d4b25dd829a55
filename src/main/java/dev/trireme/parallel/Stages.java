package dev.trireme.parallel;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.Device;
import dev.trireme.engine.Part;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.LayerRange;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntFunction;

/** Makes the stages of a model on their devices. */
public final class Stages {
    private Stages() {}

    /**
     * Makes all stages of a model, the embeddings on the first and the head on the last. Weights are 0 until they are
     * initialized or loaded.
     *
     * @param model sizes and constants
     * @param map the layers of each
     * @param devices of a stage's number
     * @param weights their purpose and type
     * @return the stages in order, which the caller closes; none is left when one cannot be made
     * @throws IllegalArgumentException when the map is of another number of layers, or a device is not there
     */
    public static List<Stage> open(ModelConfig model, DeviceMap map, IntFunction<Device> devices, Weights weights) {
        NullChecks.require("model", model, "map", map, "devices", devices, "weights", weights);
        return all(model, map, devices, (part, device) -> Stage.open(model, part, device, weights));
    }

    /**
     * Makes dry runs of all stages of a model for training; see {@link Stage#dryRun}.
     *
     * @param model sizes and constants
     * @param map the layers of each
     * @param devices of a stage's number; they need not be there
     * @return the stages in order, which the caller closes
     * @throws IllegalArgumentException when the map is of another number of layers
     */
    public static List<Stage> dryRun(ModelConfig model, DeviceMap map, IntFunction<Device> devices) {
        return dryRun(model, map, devices, Weights.TRAINABLE);
    }

    /**
     * All stages of a model, as {@link Stage#dryRun} makes them.
     *
     * @param model sizes and constants
     * @param map the layers of each
     * @param devices of a stage's number; they need not be there
     * @param weights what for
     * @return the stages in order, which the caller closes
     * @throws IllegalArgumentException when the map is of another number of layers
     */
    public static List<Stage> dryRun(ModelConfig model, DeviceMap map, IntFunction<Device> devices, Weights weights) {
        NullChecks.require("model", model, "map", map, "devices", devices, "weights", weights);
        return all(model, map, devices, (part, device) -> Stage.dryRun(model, part, device, weights));
    }

    private static List<Stage> all(
            ModelConfig model, DeviceMap map, IntFunction<Device> devices, BiFunction<Part, Device, Stage> open) {
        if (map.layers() != model.layers()) {
            throw new IllegalArgumentException(map.layers() + " layers of the map do not fit " + model.layers()
                    + " layers of the model; use the same number");
        }
        List<Stage> stages = new ArrayList<>();
        try {
            for (Part part : parts(map)) {
                stages.add(open.apply(part, devices.apply(stages.size())));
            }
            return stages;
        } catch (RuntimeException | Error e) {
            stages.forEach(Stage::close);
            throw e;
        }
    }

    /** The part of the model that each stage holds. */
    static List<Part> parts(DeviceMap map) {
        List<Part> parts = new ArrayList<>();
        for (LayerRange layers : map.ranges()) {
            boolean last = parts.size() == map.ranges().size() - 1;
            parts.add(new Part(layers.first(), layers.end(), parts.isEmpty(), last));
        }
        return parts;
    }
}
