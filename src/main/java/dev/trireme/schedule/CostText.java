package dev.trireme.schedule;

import dev.trireme.config.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Measured times as a text file: a line for each stage, the milliseconds of F, B and W for one micro-batch. {@code #} begins a
 * comment; empty lines do not count.
 *
 * <pre>
 *   # F     B     W
 *   12.5  13.0  11.1
 *   14.0  14.2  12.0
 * </pre>
 */
public final class CostText {
    private static final int MOST_BYTES = 1 << 20;

    private CostText() {}

    /**
     * Reads a file.
     *
     * @param file in UTF-8
     * @return the cost of each stage
     * @throws BadInputException naming file and line when it cannot be read or holds something else
     */
    public static List<Cost> read(Path file) {
        Objects.requireNonNull(file, "file");
        return costs(file, TextFile.read(file, MOST_BYTES, "times"));
    }

    /**
     * Writes times as {@link #read} reads them.
     *
     * @param costs of each stage
     * @return lines, all ended
     */
    public static String print(List<Cost> costs) {
        Objects.requireNonNull(costs, "costs");
        StringBuilder text =
                new StringBuilder(String.format(Locale.ROOT, "# %10s %12s %12s%n", "F ms", "B ms", "W ms"));
        for (Cost cost : costs) {
            text.append(String.format(
                    Locale.ROOT,
                    "%12.6f %12.6f %12.6f%n",
                    1e3 * cost.forwardSeconds(),
                    1e3 * cost.backwardSeconds(),
                    1e3 * cost.weightSeconds()));
        }
        return text.toString();
    }

    private static List<Cost> costs(Path file, String text) {
        List<Cost> costs = new ArrayList<>();
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String content = lines.get(i).replaceFirst("#.*", "").strip();
            if (!content.isEmpty()) {
                costs.add(cost(file + ":" + (i + 1) + ": ", content));
            }
        }
        if (costs.isEmpty()) {
            throw new BadInputException(file + ": has no times; write a line for each stage, such as 12.5 13.0 11.1");
        }
        return costs;
    }

    private static Cost cost(String place, String line) {
        String[] words = line.split("\\s+", -1);
        if (words.length != 3) {
            throw new BadInputException(place + "has " + words.length
                    + " numbers; write the milliseconds of F, B and W, 0 for a W within B");
        }
        return new Cost(seconds(place, words[0]), seconds(place, words[1]), seconds(place, words[2]));
    }

    private static double seconds(String place, String word) {
        try {
            double milliseconds = Double.parseDouble(word);
            if (milliseconds >= 0 && milliseconds <= 1e9) {
                return milliseconds / 1e3;
            }
        } catch (NumberFormatException e) {
            throw new BadInputException(place + word + " is no number; write milliseconds, such as 12.5", e);
        }
        throw new BadInputException(place + word + " is no time; write 0 to 1e9 milliseconds");
    }
}
