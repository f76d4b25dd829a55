package dev.trireme.config;

/** A failure that names the exit code of the process. */
public interface CodedFailure {
    /**
     * The exit code of a process that ends with this failure.
     *
     * @return never {@code OK}
     */
    ExitCode exitCode();
}
