package dev.trireme.plan;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.NullChecks;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Requirements;
import java.util.List;

/**
 * How a job is spread: data parallel over ranks, each a pipeline of stages.
 *
 * @param ranks copies of the model
 * @param pipeline how each is cut, scheduled and checkpointed
 * @param microBatches of a rank's step; in generation groups of its prompts
 * @param threads of a stage, on a CPU
 */
public record Layout(int ranks, PipelineLayout pipeline, int microBatches, int threads) {
    private static final List<String> ORDERS = List.of("1f1b", "gpipe", "zero-bubble", "interleaved");

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public Layout {
        NullChecks.require("pipeline", pipeline);
        Requirements.within("ranks", ranks, 1, 4096);
        Requirements.within("microBatches", microBatches, 1, 1 << 16);
        Requirements.within("threads", threads, 1, 1024);
    }

    /**
     * How many devices it takes.
     *
     * @return ranks × stages
     */
    public int devices() {
        return ranks * pipeline.stages();
    }

    Layout withSplit(String split) {
        return new Layout(ranks, pipeline.withSplit(split), microBatches, threads);
    }

    /**
     * For people.
     *
     * @return such as {@code 2 ranks × 1 stage, m 4}
     */
    public String text() {
        String of = ranks + (ranks == 1 ? " rank" : " ranks") + " × " + pipeline.stages()
                + (pipeline.stages() == 1 ? " stage" : " stages") + ", m " + microBatches;
        String schedule = pipeline.stages() == 1 || microBatches == 1 ? "" : ", " + pipeline.schedule();
        return of + schedule + (checkpoints() ? ", activations again" : "");
    }

    /** How involved the order of its tasks is: 0 where there is one only, up to 4. */
    int order() {
        return pipeline.stages() == 1 || microBatches == 1 ? 0 : 1 + ORDERS.indexOf(pipeline.schedule());
    }

    boolean checkpoints() {
        return pipeline.checkpointing() != ActivationCheckpointing.NEVER;
    }
}
