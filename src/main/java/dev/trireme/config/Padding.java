package dev.trireme.config;

import java.util.Locale;

/** How long the rows of a batch are made. Both give the same numbers. */
public enum Padding {
    /** As long as the batch's longest row: less work. */
    LONGEST,
    /** As long as the maximum length: every batch has the same shape. */
    MAX;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
