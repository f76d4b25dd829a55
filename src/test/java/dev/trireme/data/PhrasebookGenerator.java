package dev.trireme.data;

import dev.trireme.data.grammar.Sentence;
import dev.trireme.data.grammar.SentenceMaker;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/** Generates the pairs that {@link Phrasebook} ships. */
final class PhrasebookGenerator {
    private static final long SEED = 1234;

    private PhrasebookGenerator() {}

    /** Sentences of the grammar in the order in which it draws them; of equal German sides the first counts. */
    static List<Pair> pairs() {
        SentenceMaker maker = new SentenceMaker(SEED);
        Set<String> seen = new HashSet<>();
        List<Pair> pairs = new ArrayList<>(Phrasebook.CAPACITY);
        while (pairs.size() < Phrasebook.CAPACITY) {
            Sentence sentence = maker.next();
            if (seen.add(sentence.german())) {
                pairs.add(new Pair(sentence.german(), sentence.english()));
            }
        }
        return pairs;
    }

    /**
     * Writes the resource anew.
     *
     * @param arguments the file
     */
    public static void main(String[] arguments) throws IOException {
        try (OutputStream file = new GZIPOutputStream(Files.newOutputStream(Path.of(arguments[0])))) {
            for (Pair pair : pairs()) {
                file.write((pair.source() + "\t" + pair.target() + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
    }
}
