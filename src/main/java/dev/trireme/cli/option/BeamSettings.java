package dev.trireme.cli.option;

import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of beam search. */
public final class BeamSettings {
    @Option(
            names = "--beams",
            paramLabel = "N",
            description = "Width of beam search: keep the N most probable texts, return the best (${DEFAULT-VALUE}).")
    private int width = 1;

    @Option(
            names = "--length-penalty",
            paramLabel = "X",
            description = "Divide a text's log-probability by its length to this power; above 0 favours long ones (1).")
    private Optional<Double> lengthPenalty = Optional.empty();

    public boolean isSearch() {
        return width > 1;
    }

    public int width() {
        return width;
    }

    public double lengthPenalty() {
        if (lengthPenalty.isPresent() && !isSearch()) {
            throw new IllegalArgumentException(
                    "--length-penalty " + lengthPenalty.get() + " compares beams; add --beams 4, for example");
        }
        return lengthPenalty.orElse(1.0);
    }
}
