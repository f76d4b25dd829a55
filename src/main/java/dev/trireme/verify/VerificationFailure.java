package dev.trireme.verify;

import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;
import dev.trireme.launch.JobResult;

/** A layout could not be trained to its end. */
public final class VerificationFailure extends IllegalStateException implements CodedFailure {
    private static final long serialVersionUID = 1;

    /** The exit code of the process. */
    private final ExitCode exitCode;

    VerificationFailure(Layout layout, JobResult end) {
        super("layout " + layout + ": " + end.failure());
        this.exitCode = end.exitCode();
    }

    @Override
    public ExitCode exitCode() {
        return exitCode;
    }
}
