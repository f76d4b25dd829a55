package dev.trireme.schedule;

import dev.trireme.config.Requirements;

/**
 * Devices that share one host's cores and memory: a task takes longer the more of them run.
 *
 * <pre>
 *   running at once     1          2 … cores              more than the cores
 *   a task takes       alone   between alone and busy   busy × running / cores: they take turns
 * </pre>
 *
 * @param cores tasks that really run at once
 * @param pipelines how many equal pipelines run in step on the host, this one included
 */
public record Sharing(int cores, int pipelines) {
    /**
     * Checks both.
     *
     * @throws IllegalArgumentException when one is below 1
     */
    public Sharing {
        Requirements.positive("cores", cores);
        Requirements.positive("pipelines", pipelines);
    }

    /**
     * How long a task takes while so many of this pipeline run all the time.
     *
     * @param alone its seconds while nothing else runs
     * @param busy its seconds while every core is busy
     * @param runningHere tasks of this pipeline, itself included
     * @return seconds
     */
    public double seconds(double alone, double busy, int runningHere) {
        int running = runningHere * pipelines;
        if (running <= 1) {
            return alone;
        }
        if (running > cores) {
            return busy * running / cores;
        }
        return alone + (busy - alone) * (running - 1) / (cores - 1);
    }
}
