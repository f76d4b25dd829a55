package dev.trireme.data.grammar;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A row of the lexicon's tables: columns between {@code |}, lines of {@code #} are remarks, all else is an error. */
final class TableRow {
    private final String file;
    private final int number;
    private final List<String> cells;

    private TableRow(String file, int number, List<String> cells) {
        this.file = file;
        this.number = number;
        this.cells = cells;
    }

    static List<TableRow> rows(String file, int numColumns) {
        try (InputStream stream = TableRow.class.getResourceAsStream(file)) {
            if (stream == null) {
                throw new IllegalStateException("the lexicon " + file + " is missing beside " + TableRow.class.getName()
                        + "; build Trireme with its resources");
            }
            return rows(file, new String(stream.readAllBytes(), StandardCharsets.UTF_8), numColumns);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<TableRow> rows(String file, String text, int numColumns) {
        List<TableRow> rows = new ArrayList<>();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            if (lines[i].isBlank() || lines[i].startsWith("#")) {
                continue;
            }
            List<String> cells =
                    Arrays.stream(lines[i].split("\\|", -1)).map(String::strip).toList();
            TableRow row = new TableRow(file, i + 1, cells);
            if (cells.size() != numColumns) {
                throw row.error("has " + cells.size() + " columns; write " + numColumns + ", separated by |");
            }
            rows.add(row);
        }
        return rows;
    }

    /** The cell, which has to hold something. */
    String text(int column) {
        if (cells.get(column).isEmpty()) {
            throw error("column " + (column + 1) + " is empty; write a word, or - for none");
        }
        return cells.get(column);
    }

    /** The cell, or an empty string for {@code -}. */
    String textOrNone(int column) {
        return text(column).equals("-") ? "" : text(column);
    }

    /** The cell's words; none of {@code -}. */
    Set<String> words(int column) {
        String words = textOrNone(column);
        return words.isEmpty() ? Set.of() : Set.copyOf(List.of(words.split(" +", -1)));
    }

    /** Pieces between semicolons; none of an empty cell. */
    List<String> pieces(int column) {
        if (cells.get(column).isEmpty()) {
            return List.of();
        }
        return Arrays.stream(cells.get(column).split(";", -1))
                .map(String::strip)
                .toList();
    }

    /** What a cell or a part of it calls a case. */
    Case grammaticalCase(String name) {
        return switch (name) {
            case "accusative" -> Case.ACCUSATIVE;
            case "dative" -> Case.DATIVE;
            default -> throw error("case \"" + name + "\" is unknown; write accusative or dative");
        };
    }

    IllegalStateException error(String what) {
        return new IllegalStateException(file + ":" + number + ": " + what);
    }
}
