package dev.trireme.train;

import dev.trireme.config.NullChecks;
import dev.trireme.data.Bleu;
import dev.trireme.data.Pair;
import dev.trireme.generate.Generator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A sentence with its reference and the model's translation.
 *
 * @param source the sentence
 * @param reference its translation in the corpus
 * @param translation the model's
 */
public record Translation(String source, String reference, String translation) {
    /** Checks that no component is null. */
    public Translation {
        NullChecks.require("source", source, "reference", reference, "translation", translation);
    }

    static List<Translation> of(List<Pair> pairs, Generator generator) {
        List<String> translated =
                generator.translate(pairs.stream().map(Pair::source).toList());
        return IntStream.range(0, pairs.size())
                .mapToObj(
                        i -> new Translation(pairs.get(i).source(), pairs.get(i).target(), translated.get(i)))
                .toList();
    }

    static double bleu(List<Translation> translations) {
        return Bleu.corpus(
                        translations.stream().map(Translation::translation).toList(),
                        translations.stream().map(Translation::reference).toList())
                .score();
    }
}
