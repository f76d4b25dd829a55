package dev.trireme.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/**
 * The embedded corpus: German sentences and their English translations. It needs no download and has no licence but
 * Trireme's. A small grammar in the test sources generates the file that is shipped, and a test regenerates it.
 */
public final class Phrasebook {
    /** How many pairs there are. */
    public static final int CAPACITY = 20_000;

    static final String RESOURCE = "phrasebook.tsv.gz";

    private Phrasebook() {}

    /**
     * The first pairs of the corpus. Their German sides all differ.
     *
     * @param count how many
     * @return pairs, German first
     * @throws IllegalArgumentException if {@code count} is negative or above {@link #CAPACITY}
     */
    public static List<Pair> pairs(int count) {
        if (count < 0 || count > CAPACITY) {
            throw new IllegalArgumentException("the phrasebook has " + CAPACITY + " pairs but " + count
                    + " are asked for; ask for fewer pairs or bring a corpus file");
        }
        try (InputStream file = Objects.requireNonNull(Phrasebook.class.getResourceAsStream(RESOURCE), RESOURCE);
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(file), StandardCharsets.UTF_8))) {
            return lines.lines().limit(count).map(Phrasebook::pair).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the embedded " + RESOURCE + " cannot be read; is the jar whole?", e);
        }
    }

    private static Pair pair(String line) {
        int tab = line.indexOf('\t');
        return new Pair(line.substring(0, tab), line.substring(tab + 1));
    }
}
