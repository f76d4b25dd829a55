package dev.trireme.launch;

import dev.trireme.config.ExitCode;
import dev.trireme.config.NullChecks;

/**
 * The result of a job.
 *
 * @param exitCode what the launching process should end with
 * @param failure one line that names the first rank that failed and why; empty when none did
 */
public record JobResult(ExitCode exitCode, String failure) {
    /** Checks that no component is null. */
    public JobResult {
        NullChecks.require("exitCode", exitCode, "failure", failure);
    }
}
