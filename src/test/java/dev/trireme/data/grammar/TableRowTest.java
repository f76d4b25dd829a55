package dev.trireme.data.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableRowTest {
    @Test
    void remarksAndEmptyLinesAreNoRows() {
        assertThat(TableRow.rows("words.txt", "# der | Hund\n\nder | Hund\n", 2))
                .hasSize(1);
    }

    @Test
    void missingColumnNamesFileAndLine() {
        assertThatThrownBy(() -> TableRow.rows("words.txt", "# words\nder Hund\n", 2))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("words.txt:2: has 1 columns; write 2, separated by |");
    }

    @Test
    void emptyCellNamesItsColumn() {
        TableRow row = TableRow.rows("words.txt", "der | \n", 2).get(0);

        assertThatThrownBy(() -> row.text(1)).hasMessageStartingWith("words.txt:1: column 2 is empty");
    }

    @Test
    void unknownCaseIsRefused() {
        TableRow row = TableRow.rows("words.txt", "in | genitive\n", 2).get(0);

        assertThatThrownBy(() -> row.grammaticalCase(row.text(1))).hasMessageContaining("write accusative or dative");
    }
}
