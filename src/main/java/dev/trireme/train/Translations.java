package dev.trireme.train;

import java.util.List;
import java.util.Objects;

/**
 * The model's translations of the test pairs.
 *
 * @param translations of all of them, in their order
 */
public record Translations(List<Translation> translations) implements RunEvent {
    /** Copies the list. */
    public Translations {
        Objects.requireNonNull(translations, "translations");
        translations = List.copyOf(translations);
    }

    Translations first(int count) {
        return new Translations(translations.subList(0, Math.min(count, translations.size())));
    }
}
