package dev.trireme.bench;

import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;
import dev.trireme.launch.JobResult;

/** A rank of a measurement failed. The message names the rank and the cause. */
public final class BenchFailure extends IllegalStateException implements CodedFailure {
    private static final long serialVersionUID = 1;

    private final ExitCode exitCode;

    BenchFailure(JobResult end) {
        super(end.failure());
        this.exitCode = end.exitCode();
    }

    @Override
    public ExitCode exitCode() {
        return exitCode;
    }
}
