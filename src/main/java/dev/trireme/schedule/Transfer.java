package dev.trireme.schedule;

/** How long what a stage has made is on its way to the stage that waits for it. */
@FunctionalInterface
public interface Transfer {
    /** Neighbours share their memory. */
    Transfer NONE = (from, to) -> 0;

    /**
     * Of one micro-batch's output, or of its gradient.
     *
     * @param fromStage who made it
     * @param toStage who needs it, another stage
     * @return seconds from the end of the one's task until the other's can start; 0 or more
     */
    double seconds(int fromStage, int toStage);
}
