package dev.trireme.train;

import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;
import dev.trireme.launch.JobResult;

/** A rank failed and the run ended. The message names the rank and the cause. */
public final class TrainingFailure extends IllegalStateException implements CodedFailure {
    private static final long serialVersionUID = 1;

    /** The exit code of the process. */
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
