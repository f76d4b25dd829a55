package dev.trireme.verify;

import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;
import dev.trireme.launch.JobResult;

/** A layout that was to be verified did not run to its end. */
public final class VerificationFailure extends IllegalStateException implements CodedFailure {
    private static final long serialVersionUID = 1;

    /** What the process should end with. */
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
