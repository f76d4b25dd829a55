package dev.trireme.config;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/** Exit codes of Trireme's processes, one for each cause that a script may handle apart. */
public enum ExitCode {
    /** All went well. */
    OK(0, "finished"),
    /** Something that no other code names. */
    FAILED(1, "failed"),
    /** Arguments or configuration that cannot work. */
    USAGE(2, "wrong usage"),
    /** A file that is not what it should be. */
    BAD_INPUT(3, "bad input file"),
    /** Another rank died or its connection broke. */
    PEER_LOST(10, "lost another rank"),
    /** Another rank did not answer in time. */
    COLLECTIVE_TIMEOUT(11, "waited too long for another rank"),
    /** The Java heap, the host or a device has no memory left. */
    OUT_OF_MEMORY(12, "out of memory"),
    /** A loss or a gradient is infinite or not a number. */
    NOT_FINITE(13, "numbers are not finite"),
    /** A checkpoint or a result could not be written. */
    CHECKPOINT(14, "checkpoint could not be written"),
    /** Restarts are used up without progress. */
    EXHAUSTED(15, "restarts are used up"),
    /** Ended by SIGINT. */
    INTERRUPTED(130, "interrupted"),
    /** Ended by SIGTERM. */
    TERMINATED(143, "terminated");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /**
     * The number that the operating system sees.
     *
     * @return the number
     */
    public int code() {
        return code;
    }

    /**
     * A few words for a report.
     *
     * @return what it means, for use after "rank 1"
     */
    public String meaning() {
        return meaning;
    }

    /**
     * Finds the constant of an exit code.
     *
     * @param code how a process ended
     * @return the constant, empty for a number that Trireme does not use
     */
    public static Optional<ExitCode> of(int code) {
        return Arrays.stream(values()).filter(exit -> exit.code == code).findFirst();
    }

    /**
     * The exit code of a process that ends with a failure.
     *
     * @param failure an uncaught failure; its causes are ignored
     * @return the code of a {@link CodedFailure}, else one by the failure's type
     */
    public static ExitCode of(Throwable failure) {
        Objects.requireNonNull(failure, "failure");
        if (failure instanceof CodedFailure coded) {
            return coded.exitCode();
        }
        if (failure instanceof BadInputException) {
            return BAD_INPUT;
        }
        if (failure instanceof IllegalArgumentException) {
            return USAGE;
        }
        return failure instanceof OutOfMemoryError ? OUT_OF_MEMORY : FAILED;
    }
}
