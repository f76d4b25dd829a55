package dev.trireme.config;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Null checks of public methods with several arguments. Methods with one argument use {@link Objects} directly. */
public final class NullChecks {
    private NullChecks() {}

    /**
     * Refuses a missing argument.
     *
     * @param namesAndValues name, value, name, value and so on
     * @throws NullPointerException with the name of the first value that is null
     */
    public static void require(@Nullable Object... namesAndValues) {
        for (int i = 0; i < namesAndValues.length; i += 2) {
            Objects.requireNonNull(namesAndValues[i + 1], String.valueOf(namesAndValues[i]));
        }
    }
}
