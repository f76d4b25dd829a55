package dev.trireme.train;

import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;
import dev.trireme.launch.JobResult;

/** A rank failed, so the run ended. The message names the rank and why. */
public final class TrainingFailure extends IllegalStateException implements CodedFailure {
    private static final long serialVersionUID = 1;

    /** What the process should end with. */
    private final ExitCode exitCode;

    TrainingFailure(JobResult end) {
        super(end.failure());
        this.exitCode = end.exitCode();
    }

    @Override
    public ExitCode exitCode() {
        return exitCode;
    }
}
