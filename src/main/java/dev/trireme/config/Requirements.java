package dev.trireme.config;

import java.util.Objects;

/** What records of settings ask of their components. */
public final class Requirements {
    private Requirements() {}

    /**
     * Refuses a number out of bounds.
     *
     * @param name of the component
     * @param value its value
     * @param least allowed
     * @param most allowed
     * @throws IllegalArgumentException naming all four
     */
    public static void within(String name, long value, long least, long most) {
        Objects.requireNonNull(name, "name");
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + least + " to " + most);
        }
    }
}
