package dev.trireme.config;

/**
 * An input file is malformed or unsupported. The message names the file, the location in it, the problem and the cure;
 * the command line ends with exit code 3.
 */
public final class BadInputException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /**
     * @param message file, place, what is wrong, and the cure
     */
    public BadInputException(String message) {
        super(message);
    }

    /**
     * @param message file, place, what is wrong, and the cure
     * @param cause what a reader or parser reported
     */
    public BadInputException(String message, Throwable cause) {
        super(message, cause);
    }
}
