package dev.trireme.report;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * A section of a page.
 *
 * @param title its heading
 * @param words paragraphs above its blocks
 * @param blocks charts, tables and drawings
 */
public record Section(String title, List<String> words, List<Block> blocks) {
    /** Keeps copies of the lists. */
    public Section {
        NullChecks.require("title", title, "words", words, "blocks", blocks);
        words = List.copyOf(words);
        blocks = List.copyOf(blocks);
    }
}
