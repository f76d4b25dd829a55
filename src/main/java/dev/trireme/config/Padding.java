package dev.trireme.config;

import java.util.Locale;

/** The length that rows of a batch are padded to. Results do not depend on it. */
public enum Padding {
    /** The batch's longest row: less work. */
    LONGEST,
    /** The maximum length: every batch has the same shape. */
    MAX;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
