package dev.trireme.config;

/** A failure that knows how the process should end. */
public interface CodedFailure {
    /**
     * The exit code of a process that dies of it.
     *
     * @return never {@code OK}
     */
    ExitCode exitCode();
}
