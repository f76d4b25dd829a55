package dev.trireme.data;

import dev.trireme.data.grammar.Sentence;
import dev.trireme.data.grammar.SentenceMaker;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The embedded corpus: German sentences and their English translations, drawn from a small grammar of our own. It
 * needs no download and has no licence but Trireme's.
 */
public final class Phrasebook {
    /** The most pairs that {@link #pairs} gives; the grammar knows many more, this many come quickly. */
    public static final int CAPACITY = 50_000;

    private Phrasebook() {}

    /**
     * Draws pairs whose German sides all differ. The first pairs do not depend on how many are asked for.
     *
     * @param seed decides which; the same on every machine and JDK
     * @param count how many
     * @return pairs, German first
     * @throws IllegalArgumentException if {@code count} is negative or above {@link #CAPACITY}
     */
    public static List<Pair> pairs(long seed, int count) {
        if (count < 0 || count > CAPACITY) {
            throw new IllegalArgumentException(
                    "count " + count + " is not in 0 to " + CAPACITY + "; ask for fewer pairs or bring a corpus file");
        }
        SentenceMaker maker = new SentenceMaker(seed);
        Set<String> seen = new HashSet<>();
        List<Pair> pairs = new ArrayList<>(count);
        while (pairs.size() < count) {
            Sentence sentence = maker.next();
            if (seen.add(sentence.german())) {
                pairs.add(new Pair(sentence.german(), sentence.english()));
            }
        }
        return List.copyOf(pairs);
    }
}
