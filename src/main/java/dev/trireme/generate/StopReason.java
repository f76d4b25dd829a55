package dev.trireme.generate;

import java.util.Locale;

/** Why generation ended. */
public enum StopReason {
    /** The model said that the text is complete. */
    END,
    /** As many tokens as were asked for. */
    LENGTH,
    /** A text came that was to end it, or the listener had enough. */
    STOP_TEXT;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
