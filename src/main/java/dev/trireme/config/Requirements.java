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
        that(value >= least && value <= most, name, value, least + " to " + most);
    }

    /**
     * Refuses a value.
     *
     * @param holds whether it is allowed
     * @param name of the component
     * @param value its value
     * @param allowed what it may be
     * @throws IllegalArgumentException naming the last three, when it is not
     */
    public static void that(boolean holds, String name, Object value, String allowed) {
        NullChecks.require("name", name, "value", value, "allowed", allowed);
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + allowed);
        }
    }
}
