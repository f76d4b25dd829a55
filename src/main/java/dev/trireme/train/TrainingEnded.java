package dev.trireme.train;

import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;
import java.util.Objects;

/** A run ended because it was asked to, by a signal or by its program. The message says where, and how it goes on. */
public final class TrainingEnded extends IllegalStateException implements CodedFailure {
    private static final long serialVersionUID = 1;

    /** The exit code of the process. */
    private final ExitCode exitCode;

    TrainingEnded(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = Objects.requireNonNull(exitCode, "exitCode");
    }

    @Override
    public ExitCode exitCode() {
        return exitCode;
    }
}
