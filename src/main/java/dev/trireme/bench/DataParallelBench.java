package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.launch.Rendezvous;
import dev.trireme.launch.TaskJob;
import java.io.OutputStream;

/**
 * Measures tokens per second of data-parallel training on random tokens, in float32 without dropout: weights from seed
 * 1234, AdamW at 1e-4 without clipping. Step s trains on rows that {@code java.util.Random(s)} draws, so that other
 * programs can do the same work.
 */
public final class DataParallelBench {
    private DataParallelBench() {}

    /**
     * Starts the ranks, measures, and waits until they have ended.
     *
     * @param config settings
     * @param errors where the ranks' standard error goes
     * @return the result of rank 0
     * @throws BenchFailure when a rank fails, naming it
     */
    public static BenchResult measure(BenchConfig config, OutputStream errors) {
        NullChecks.require("config", config, "errors", errors);
        return new TaskJob<>(
                        BenchRank.Task.class,
                        BenchResult.class,
                        config.worldSize(),
                        config.threads(),
                        Rendezvous.DEFAULT_TIMEOUT)
                .run(config, errors, BenchFailure::new);
    }
}
