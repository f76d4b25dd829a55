package dev.trireme.model;

import dev.trireme.config.NullChecks;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parameters that training leaves as they are.
 *
 * @param embeddings whether token and position embeddings are
 * @param head whether the final norm is, and a head of its own
 * @param layers runs of layers that are
 */
public record Freezing(boolean embeddings, boolean head, List<Layers> layers) {
    /** Everything is trained. */
    public static final Freezing NONE = new Freezing(false, false, List.of());

    private static final Pattern RUN = Pattern.compile("layers\\.(\\d{1,6})(?:-(\\d{1,6}))?");
    private static final String USAGE =
            "embeddings, head, and layers such as layers.3 or layers.0-5, separated by commas";

    /**
     * Layers that follow each other.
     *
     * @param first of them
     * @param last of them
     */
    public record Layers(int first, int last) {
        /**
         * Checks the order.
         *
         * @throws IllegalArgumentException when the last comes before the first
         */
        public Layers {
            if (first < 0 || last < first) {
                throw new IllegalArgumentException(
                        "freeze has layers." + first + "-" + last + "; name the first layer before the last");
            }
        }
    }

    /** Copies the list. */
    public Freezing {
        NullChecks.require("layers", layers);
        layers = List.copyOf(layers);
    }

    /**
     * Reads a list of parts.
     *
     * @param text such as {@code embeddings,layers.0-5}; ranges include their ends
     * @return what it names
     * @throws IllegalArgumentException when it names something else
     */
    public static Freezing parse(String text) {
        Objects.requireNonNull(text, "text");
        boolean embeddings = false;
        boolean head = false;
        List<Layers> layers = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher run = RUN.matcher(part);
            if (part.equals("embeddings")) {
                embeddings = true;
            } else if (part.equals("head")) {
                head = true;
            } else if (run.matches()) {
                String last = run.group(2) == null ? run.group(1) : run.group(2);
                layers.add(new Layers(Integer.parseInt(run.group(1)), Integer.parseInt(last)));
            } else {
                throw new IllegalArgumentException(
                        "freeze is " + text + ", of which \"" + part + "\" is no part; use " + USAGE);
            }
        }
        return new Freezing(embeddings, head, layers);
    }

    /**
     * The opposite of {@link #parse}.
     *
     * @return empty for {@link #NONE}
     */
    public String text() {
        List<String> parts = new ArrayList<>();
        if (embeddings) {
            parts.add("embeddings");
        }
        if (head) {
            parts.add("head");
        }
        layers.forEach(run -> parts.add("layers." + run.first() + "-" + run.last()));
        return String.join(",", parts);
    }

    /**
     * Whether a layer is left as it is.
     *
     * @param layer from 0
     * @return true when a run has it
     */
    public boolean freezes(int layer) {
        return layers.stream().anyMatch(run -> run.first() <= layer && layer <= run.last());
    }
}
