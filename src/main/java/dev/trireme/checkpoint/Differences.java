package dev.trireme.checkpoint;

import dev.trireme.config.BadInputException;
import java.util.ArrayList;
import java.util.List;

/** Collects all differences between a model's files and its configuration, to report them together. */
final class Differences {
    private static final int MOST_SHOWN = 200;

    private final List<String> shown = new ArrayList<>();
    private int more;

    void add(String difference) {
        if (shown.size() < MOST_SHOWN) {
            shown.add(difference);
        } else {
            more++;
        }
    }

    /** Throws an error with file, problem and cure, followed by all differences. */
    void refuse(String what) {
        if (!shown.isEmpty()) {
            String rest = more > 0 ? "\n  and " + more + " more" : "";
            throw new BadInputException(what + ":\n  " + String.join("\n  ", shown) + rest);
        }
    }
}
