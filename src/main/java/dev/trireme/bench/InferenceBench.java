package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.launch.Rendezvous;
import dev.trireme.launch.TaskJob;
import java.io.OutputStream;

/**
 * Measures tokens per second of greedy generation, without an end token: weights from seed 1234, prompts that {@code
 * java.util.Random(7)} draws, so that other programs can do the same work. Each measurement is a process of its own.
 */
public final class InferenceBench {
    private InferenceBench() {}

    /**
     * Starts the process, measures, and waits until it has ended.
     *
     * @param config settings
     * @param errors where the process's standard error goes
     * @return its result
     * @throws BenchFailure when the process fails
     */
    public static InferenceResult measure(InferenceConfig config, OutputStream errors) {
        NullChecks.require("config", config, "errors", errors);
        return new TaskJob<>(
                        InferenceRank.Task.class,
                        InferenceResult.class,
                        1,
                        config.threads(),
                        Rendezvous.DEFAULT_TIMEOUT)
                .run(config, errors, BenchFailure::new);
    }
}
