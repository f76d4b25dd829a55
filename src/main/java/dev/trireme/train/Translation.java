package dev.trireme.train;

import dev.trireme.config.NullChecks;
import dev.trireme.data.Bleu;
import dev.trireme.data.Pair;
import dev.trireme.generate.Generator;
import dev.trireme.task.Question;
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

    /** The model's answers, of so many tokens, beside those of the data. */
    static List<Translation> ofQuestions(List<Question> questions, Generator generator, int mostTokens) {
        List<String> answers =
                generator.answerAll(questions.stream().map(Question::prompt).toList(), mostTokens);
        return IntStream.range(0, questions.size())
                .mapToObj(i -> new Translation(
                        questions.get(i).shown(),
                        questions.get(i).answer(),
                        answers.get(i).strip()))
                .toList();
    }

    /** The share of translations that are their references, blanks at the ends aside. */
    static double exactMatch(List<Translation> translations) {
        return translations.stream()
                .mapToInt(each -> each.translation.strip().equals(each.reference.strip()) ? 1 : 0)
                .average()
                .orElse(0);
    }

    /** BLEU, 0 where there is nothing to compare. */
    static double bleu(List<Translation> translations) {
        if (translations.isEmpty()) {
            return 0;
        }
        return Bleu.corpus(
                        translations.stream().map(Translation::translation).toList(),
                        translations.stream().map(Translation::reference).toList())
                .score();
    }
}
