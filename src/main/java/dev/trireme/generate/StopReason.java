package dev.trireme.generate;

import java.util.Locale;

/** Why generation ended. */
public enum StopReason {
    /** The model said that the text is complete. */
    END,
    /** As many tokens as were asked for. */
    LENGTH;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
