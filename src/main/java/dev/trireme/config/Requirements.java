package dev.trireme.config;

import java.util.Objects;

/** Checks that constructors of settings records make of their components. */
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
     * Refuses a count below 1.
     *
     * @param name of the component
     * @param value its value
     * @return the value
     * @throws IllegalArgumentException naming both
     */
    public static int positive(String name, int value) {
        that(value >= 1, name, value, "1 or more");
        return value;
    }

    /**
     * Refuses a duration that is negative or not finite.
     *
     * @param name of the component
     * @param seconds its value
     * @throws IllegalArgumentException naming both, when it is negative or not finite
     */
    public static void duration(String name, double seconds) {
        that(seconds >= 0 && seconds < Double.POSITIVE_INFINITY, name, seconds, "a time of 0 s or more");
    }

    /**
     * Refuses a value.
     *
     * @param holds whether it is allowed
     * @param name of the component
     * @param value its value
     * @param allowed the allowed values
     * @throws IllegalArgumentException naming the last three, when it is not
     */
    public static void that(boolean holds, String name, Object value, String allowed) {
        NullChecks.require("name", name, "value", value, "allowed", allowed);
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + allowed);
        }
    }
}
