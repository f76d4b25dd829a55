package dev.trireme.engine;

import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;

/**
 * A failure of the native core, a device or another rank. The message says in one line where and what; {@link #kind()}
 * tells callers how to react.
 */
public final class EngineException extends IllegalStateException implements CodedFailure {
    private static final long serialVersionUID = 1;

    /** What failed. */
    public enum Kind {
        /** Another rank died: its connection broke. The group is dead for good. */
        PEER_LOST(ExitCode.PEER_LOST),
        /** Another rank did not answer within the time-out. The group is dead for good. */
        TIMEOUT(ExitCode.COLLECTIVE_TIMEOUT),
        /** The device or the host has no memory left. */
        OUT_OF_MEMORY(ExitCode.OUT_OF_MEMORY),
        /** A loss or a gradient is infinite or not a number; the weights were left as they were. */
        NOT_FINITE(ExitCode.NOT_FINITE),
        /** Anything else. */
        FAILED(ExitCode.FAILED);

        private final ExitCode exitCode;

        Kind(ExitCode exitCode) {
            this.exitCode = exitCode;
        }
    }

    private final Kind kind;

    /**
     * A failure that Java found.
     *
     * @param kind what failed
     * @param message location and problem, in one line
     */
    public EngineException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /**
     * A failure that native code reported.
     *
     * @param kind what failed
     * @param message location and problem, in one line
     * @param cause the native exception
     */
    public EngineException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /**
     * What failed.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    @Override
    public ExitCode exitCode() {
        return kind.exitCode;
    }
}
