package dev.trireme.report;

import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;

/** A report cannot be written. The message names the folder and the cure. */
public final class ReportException extends IllegalStateException implements CodedFailure {
    private static final long serialVersionUID = 1;

    ReportException(String message) {
        super(message);
    }

    ReportException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public ExitCode exitCode() {
        return ExitCode.CHECKPOINT;
    }
}
