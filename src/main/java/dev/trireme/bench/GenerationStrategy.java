package dev.trireme.bench;

import dev.trireme.config.PipelineLayout;
import dev.trireme.generate.GenerationLayout;
import java.util.Locale;

/** How prompts and a model are spread over devices in generation; all but the first use two. */
public enum GenerationStrategy {
    /** All prompts and the whole model on one device. */
    ONE_DEVICE(1, 1, 1),
    /** A copy of the model for half of the prompts on each device. */
    DATA_PARALLEL(2, 1, 1),
    /** Half of the layers on each device, all prompts in one group: one device works at a time. */
    MODEL_PARALLEL(1, 2, 1),
    /** Half of the layers on each device, two groups of prompts in flight. */
    PIPELINE(1, 2, 2);

    private final int copies;
    private final int stages;
    private final int groups;

    GenerationStrategy(int copies, int stages, int groups) {
        this.copies = copies;
        this.stages = stages;
        this.groups = groups;
    }

    /**
     * The layout on CPUs.
     *
     * @param threads of every operator
     * @return copies, stages and groups
     */
    public GenerationLayout layout(int threads) {
        return new GenerationLayout(PipelineLayout.of(stages, "even"), groups, copies, "cpu", threads);
    }

    /**
     * How many operators run at once.
     *
     * @return 1 where one device works at a time
     */
    public int atOnce() {
        return copies * Math.min(stages, groups);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
