package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import dev.trireme.parallel.Pipelines;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.StageCosts;

/** What a layout takes of the memory of a host of cores, asked before anything is measured or runs. */
public final class HostMemory {
    private HostMemory() {}

    /**
     * The tensors of all ranks, as {@link Planner} counts them.
     *
     * @param job what is done
     * @param layout how; a balanced split, which is not known yet, counts as one of equal sublayers
     * @return bytes
     * @throws IllegalArgumentException when the model cannot be cut so
     */
    public static long needed(Job job, Layout layout) {
        NullChecks.require("job", job, "layout", layout);
        DeviceMap map = Pipelines.map(job.model(), layout.pipeline(), () -> equalSublayers(job));
        return layout.ranks()
                * new MemoryModel(job, false)
                        .of(layout, map).stream().mapToLong(DeviceBytes::total).sum();
    }

    private static StageCosts equalSublayers(Job job) {
        Cost any = new Cost(1, 1, 1);
        return StageCosts.ofEqualLayers(job.model().layers(), Cost.NONE, any, any, Cost.NONE);
    }
}
