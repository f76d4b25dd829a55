package dev.trireme.generate;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.config.NullChecks;
import dev.trireme.cost.CostMeter;
import dev.trireme.engine.Device;
import dev.trireme.engine.Memory;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Stages;
import dev.trireme.schedule.DeviceMap;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Loads the stages of all copies of a model. */
public final class LoadedStages {
    private LoadedStages() {}

    /**
     * Loads a model onto the devices of a layout.
     *
     * @param folder which the caller closes
     * @param layout copies and stages
     * @param weights their type
     * @return all stages of the first copy, then those of the second, and so on, which the caller closes
     * @throws dev.trireme.config.BadInputException when a file can no longer be read
     * @throws IllegalArgumentException when the model cannot be cut so, a device is not there, or the weights do not fit
     *     into its memory
     */
    public static List<Stage> load(HuggingFaceFolder folder, GenerationLayout layout, Weights weights) {
        NullChecks.require("folder", folder, "layout", layout, "weights", weights);
        ModelConfig model = folder.config().model();
        Device.requireTogether(layout.devices());
        Device first = layout.deviceOf(0, 0);
        requireMemory(model, layout, weights, Memory.available(first));
        int threads = layout.threads(Runtime.getRuntime().availableProcessors());
        DeviceMap map = Pipelines.map(
                model, layout.pipeline(), () -> CostMeter.ofUser().decodingCosts(model, first, threads, weights));
        NativeLibrary.setThreads(threads);
        List<Stage> all = new ArrayList<>();
        try {
            for (int i = 0; i < layout.worldSize(); i++) {
                int copy = i;
                all.addAll(Stages.open(model, map, stage -> layout.deviceOf(copy, stage), weights));
            }
            folder.load(new StageParameters(all));
            return all;
        } catch (RuntimeException | Error e) {
            all.forEach(Stage::close);
            throw e;
        }
    }

    static void requireMemory(ModelConfig model, GenerationLayout layout, Weights weights, OptionalLong free) {
        long width = weights == Weights.BFLOAT16 ? 2 : 4;
        boolean own = layout.deviceOf(0, 0).hasOwnMemory();
        long count = layout.weights(model) / (own ? layout.devices().size() : 1);
        Memory.require(
                "the model's " + count + " weights" + (layout.devices().size() > 1 && own ? " of each device" : ""),
                width * count,
                free,
                width == 4 ? "use bfloat16 or a machine with more" : "use a smaller model or a machine with more");
    }
}
