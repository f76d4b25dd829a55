package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.plan.Layout;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a shape's layouts so far.
 *
 * @param setting which layouts were asked for, and in how many rounds
 * @param results of those that have had a turn, in the order of the setting
 * @param chosen what the planner chooses among those that were asked for; empty where none fits
 */
public record ShapeLayouts(LayoutSetting setting, List<LayoutResult> results, Optional<Layout> chosen) {
    /** Keeps a copy of the list. */
    public ShapeLayouts {
        NullChecks.require("setting", setting, "results", results, "chosen", chosen);
        results = List.copyOf(results);
    }

    /**
     * How far the measurement has come.
     *
     * @return such as {@code 3 of 5 rounds} or {@code 17 of 34 layouts, 5 of 5 rounds}; empty when it is whole
     */
    public Optional<String> progress() {
        IntSummaryStatistics rounds =
                results.stream().mapToInt(LayoutResult::rounds).summaryStatistics();
        boolean isWhole = results.size() == setting.layouts().size() && rounds.getMin() == setting.rounds();
        if (isWhole) {
            return Optional.empty();
        }
        if (results.isEmpty()) {
            return Optional.of("0 of " + setting.rounds() + " rounds");
        }
        String layouts = results.size() == setting.layouts().size()
                ? ""
                : results.size() + " of " + setting.layouts().size() + " layouts, ";
        String done = rounds.getMin() == rounds.getMax()
                ? Integer.toString(rounds.getMin())
                : rounds.getMin() + " to " + rounds.getMax();
        return Optional.of(layouts + done + " of " + setting.rounds() + " rounds");
    }
}
