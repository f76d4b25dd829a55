package dev.trireme.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trireme.config.ExitCode;
import dev.trireme.parallel.Job;
import dev.trireme.parallel.JobResult;
import dev.trireme.parallel.Launcher;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Tokens per second of data-parallel training on made-up tokens: GPT-2 in float32 without dropout, weights from seed 1234,
 * AdamW at 1e-4 without clipping. Step s trains on rows that {@code java.util.Random(s)} draws, so that other programs can
 * do the same work.
 */
public final class DataParallelBench {
    private DataParallelBench() {}

    /**
     * Starts the ranks, measures, and waits until they have ended.
     *
     * @param config what to measure
     * @param errors where the ranks' standard error goes
     * @return what rank 0 measured
     * @throws BenchFailure when a rank fails, naming it
     */
    public static BenchResult measure(BenchConfig config, OutputStream errors) {
        try {
            Path file = Files.createTempFile("trireme-bench", ".json");
            try {
                String settings = new ObjectMapper().writeValueAsString(config);
                JobResult end = Launcher.run(
                        Job.of(
                                config.worldSize(),
                                config.threads(),
                                BenchRank.class.getName(),
                                List.of(settings, file.toString())),
                        errors);
                if (end.exitCode() != ExitCode.OK) {
                    throw new BenchFailure(end);
                }
                return BenchResult.ofJson(Files.readString(file));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot pass the result from rank 0", e);
        }
    }
}
