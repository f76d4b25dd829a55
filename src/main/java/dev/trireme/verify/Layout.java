package dev.trireme.verify;

import java.util.Objects;

/**
 * A layout: the number of replicas and the stages of each, such as {@code 2x4}.
 *
 * @param replicas ranks, each a process
 * @param stages devices of each rank
 */
public record Layout(int replicas, int stages) {
    /**
     * Reads {@code 2x4}.
     *
     * @param text replicas, x, stages
     * @return the layout
     * @throws IllegalArgumentException when it is none
     */
    public static Layout parse(String text) {
        Objects.requireNonNull(text, "text");
        if (!text.matches("[1-9]\\d?x[1-9]\\d?")) {
            throw new IllegalArgumentException("layout is " + text + "; use replicas x stages, such as 2x1");
        }
        String[] parts = text.split("x", -1);
        return new Layout(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    @Override
    public String toString() {
        return replicas + "x" + stages;
    }
}
