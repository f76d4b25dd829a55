package dev.trireme.generate;

import java.util.Locale;

/** Why generation ended. */
public enum StopReason {
    /** The model generated an end token. */
    END,
    /** The limit of new tokens was reached. */
    LENGTH,
    /** A stop text was generated, or the listener stopped the sequence. */
    STOP_TEXT;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
