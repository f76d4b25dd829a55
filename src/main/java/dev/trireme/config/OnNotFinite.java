package dev.trireme.config;

import java.util.Locale;

/** The reaction to a step whose loss or gradients are infinite or not a number. */
public enum OnNotFinite {
    /** The run ends before the weights change. */
    STOP,
    /** The step changes nothing, and the run goes on with the next. */
    SKIP;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
