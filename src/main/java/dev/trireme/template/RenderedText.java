package dev.trireme.template;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What a template wrote.
 *
 * @param parts in order, each of one origin and none empty
 */
public record RenderedText(List<Part> parts) {
    /** The origin of what the template spells out; other origins are those that the caller gave to variables. */
    public static final int TEMPLATE = 0;

    /** Copies the list. */
    public RenderedText {
        parts = List.copyOf(Objects.requireNonNull(parts, "parts"));
    }

    /**
     * Characters of one origin.
     *
     * @param text the characters
     * @param origin of all of them
     */
    public record Part(String text, int origin) {
        /** Checks that the text is not null. */
        public Part {
            Objects.requireNonNull(text, "text");
        }
    }

    /** The text. */
    @Override
    public String toString() {
        return parts.stream().map(Part::text).collect(Collectors.joining());
    }
}
