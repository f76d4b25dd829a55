package dev.trireme.cluster;

import java.util.Locale;

/** A figure of a paper beside the simulated one. */
record PaperRow(String name, double paper, double simulated) {
    double difference() {
        return simulated / paper - 1;
    }

    String line() {
        return String.format(Locale.ROOT, "%-48s %8.3f %10.3f %+9.1f %%", name, paper, simulated, 100 * difference());
    }
}
