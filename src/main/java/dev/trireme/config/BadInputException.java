package dev.trireme.config;

/**
 * A file that the caller gave is not what it should be. The message names the file, the place in it, what is wrong
 * and the cure; the command line ends with exit code 3.
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
