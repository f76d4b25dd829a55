package dev.trireme.parallel;

import dev.trireme.config.ModelConfig;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.Device;
import dev.trireme.engine.Part;
import dev.trireme.plan.DeviceMap;
import dev.trireme.plan.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * What a stage of training holds, as predicted before it exists. From the second step on, and after an evaluation if
 * there are any, {@link dev.trireme.engine.Stage#memoryBytes} is {@link #total()} to the byte where a workload is met in full.
 *
 * <p>Replicas add nothing: a bucket is a range of the gradients, summed in place. Not counted is what lives for the time of
 * one call only: the parts that the exact mode gathers, a bucket of each rank; and scratch of libtorch and Gloo.
 *
 * @param weights bytes of the stage's own parameters
 * @param gradients as many
 * @param optimizer AdamW's mean and variance
 * @param tied of a head that shares the embedding: the copy with all its state where that is on another stage, the
 *     embedding's part of the gradient where it is on this one
 * @param tree partial sums of gradients in the exact mode
 * @param streams tokens, labels and what enters and leaves the stage, of all micro-batches that it holds
 * @param activations what attention and MLP keep for backward
 * @param head what final norm and logits keep
 * @param scratch what no micro-batch owns: buffers between two operators, and the table of rotary embeddings
 */
public record StageMemory(
        long weights,
        long gradients,
        long optimizer,
        long tied,
        long tree,
        long streams,
        long activations,
        long head,
        long scratch) {
    private static final double BYTES_PER_MB = 1 << 20;

    /**
     * Predicts for all stages of a pipeline.
     *
     * @param model sizes and constants
     * @param map the layers of each stage
     * @param config schedule, checkpointing and order of sums
     * @param devices as many as the schedule has
     * @param workload the most that the pipeline is given
     * @return what each stage will hold, in order
     */
    public static List<StageMemory> predict(
            ModelConfig model, DeviceMap map, PipelineConfig config, List<Device> devices, Workload workload) {
        NullChecks.require("model", model, "map", map, "config", config, "devices", devices, "workload", workload);
        Schedule schedule = config.schedule();
        List<StageMemory> stages = new ArrayList<>();
        for (Part part : Stages.parts(map)) {
            int stage = stages.size();
            boolean copiesInput = stage > 0
                    && !devices.get(schedule.deviceOf(stage)).equals(devices.get(schedule.deviceOf(stage - 1)));
            stages.add(new MemoryFormula(model, part, workload).of(config, stage, copiesInput));
        }
        return stages;
    }

    /**
     * Everything.
     *
     * @return bytes
     */
    public long total() {
        return weights + gradients + optimizer + tied + tree + streams + activations + head + scratch;
    }

    /**
     * Everything, for people.
     *
     * @return units of 2<sup>20</sup> bytes
     */
    public double megabytes() {
        return total() / BYTES_PER_MB;
    }
}
