package dev.trireme.bench;

import dev.trireme.plan.HostMemory;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;

/** A setting of a measurement that the planner knows too. */
public interface Planned {
    /**
     * What is done.
     *
     * @return the job of one step or generation
     */
    Job job();

    /**
     * How it is spread.
     *
     * @return the planner's layout
     */
    Layout spread();

    /**
     * What the measurement takes of this host's memory.
     *
     * @return bytes of all tensors, predicted
     */
    default long memoryBytes() {
        return HostMemory.needed(job(), spread());
    }
}
