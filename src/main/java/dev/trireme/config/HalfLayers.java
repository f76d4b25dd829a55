package dev.trireme.config;

import java.util.Arrays;
import java.util.Objects;

/**
 * Converts between sublayers, which the program counts, and layers in steps of a half, which people read and write. A
 * layer has two sublayers, attention and MLP, and a model may be cut between them.
 *
 * <pre>
 *   split 5,7        10 and 14 sublayers
 *   split 3.5,0.5    7 sublayers, from the attention of layer 0 to that of layer 3; then the MLP of layer 3
 * </pre>
 */
public final class HalfLayers {
    private static final String COUNT = "\\d{1,6}(\\.[05])?";
    private static final String SPLIT = COUNT + "(," + COUNT + ")*";
    private static final String USAGE = "the layers of each stage, in halves, such as 5,7 or 3.5,0.5";

    private HalfLayers() {}

    /**
     * Formats a number of layers.
     *
     * @param sublayers twice as many
     * @return such as {@code 3} or {@code 3.5}
     */
    public static String text(long sublayers) {
        return sublayers / 2 + (sublayers % 2 == 0 ? "" : ".5");
    }

    /**
     * Reads a split.
     *
     * @param split layers of each stage, such as {@code 3.5,0.5}
     * @return sublayers of each
     * @throws IllegalArgumentException when it is no list of numbers in steps of a half
     */
    public static int[] sublayers(String split) {
        Objects.requireNonNull(split, "split");
        if (!split.matches(SPLIT)) {
            throw new IllegalArgumentException("split is \"" + split + "\"; use " + USAGE);
        }
        return Arrays.stream(split.split(",", -1))
                .mapToInt(layers -> (int) (2 * Double.parseDouble(layers)))
                .toArray();
    }

    /**
     * Checks a split that a user wrote.
     *
     * @param split {@code even}, {@code balanced}, or the layers of each stage
     * @throws IllegalArgumentException when it is none of these
     */
    public static void requireSplit(String split) {
        Objects.requireNonNull(split, "split");
        if (!split.matches("even|balanced|" + SPLIT)) {
            throw new IllegalArgumentException("split is " + split + "; use even, balanced, or " + USAGE);
        }
    }
}
