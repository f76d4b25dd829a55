package dev.trireme.report;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * A table. Its first column names the rows, its last may be words; the others are numbers.
 *
 * @param title what it lists
 * @param heads of its columns
 * @param rows cells of each row, as many as heads
 */
public record Table(String title, List<String> heads, List<List<String>> rows) implements Block {
    /**
     * Keeps copies of the lists.
     *
     * @throws IllegalArgumentException when a row has another number of cells
     */
    public Table {
        NullChecks.require("title", title, "heads", heads, "rows", rows);
        heads = List.copyOf(heads);
        rows = rows.stream().map(List::copyOf).toList();
        for (List<String> row : rows) {
            if (row.size() != heads.size()) {
                throw new IllegalArgumentException("table " + title + " has a row of " + row.size() + " cells under "
                        + heads.size() + " heads; give a cell for each");
            }
        }
    }
}
