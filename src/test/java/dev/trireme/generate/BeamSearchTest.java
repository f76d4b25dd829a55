package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BeamSearchTest {
    static Iterable<JsonNode> goldenCases() {
        return Fakes.golden("beams");
    }

    @ParameterizedTest
    @MethodSource("goldenCases")
    void tokensEqualThoseOfTransformers(JsonNode golden) {
        int vocabulary = golden.get("vocabulary").asInt();
        float[] table = Fakes.floats(golden.get("table"));
        FakeModel fake = new FakeModel(vocabulary, 64) {
            @Override
            float[] logitsAfter(List<Integer> text) {
                int last = text.get(text.size() - 1);
                return Arrays.copyOfRange(table, last * vocabulary, (last + 1) * vocabulary);
            }
        };
        Integer[] ends = Arrays.stream(Fakes.ints(golden.get("ends"))).boxed().toArray(Integer[]::new);
        Completion completion = complete(
                Fakes.languageModel(fake, ends),
                Fakes.ints(golden.get("prompt")),
                GenerateOptions.upTo(golden.get("new").asInt())
                        .withBeams(
                                golden.get("beams").asInt(),
                                golden.get("length_penalty").asDouble()));
        List<Integer> tokens = new ArrayList<>(
                Arrays.stream(Fakes.ints(golden.get("tokens"))).boxed().toList());
        StopReason stop = tokens.removeIf(List.of(ends)::contains) ? StopReason.END : StopReason.LENGTH;
        assertThat(completion.ids())
                .containsExactly(tokens.stream().mapToInt(Integer::intValue).toArray());
        assertThat(completion.stop()).isEqualTo(stop);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "2, 1", "-1, 4", "0.5, 9"})
    void asManyBeamsAsThereAreTextsFindTheBestText(double lengthPenalty, int first) {
        FakeModel fake = new FakeModel(4, 10);
        Best best = new Best(fake, lengthPenalty);
        best.search(new ArrayList<>(List.of(first % 4, 1)), 0, 0);
        LanguageModel model = Fakes.languageModel(fake, 3);
        Completion completion = complete(
                model, new int[] {first % 4, 1}, GenerateOptions.upTo(3).withBeams(64, lengthPenalty));
        assertThat(Arrays.stream(completion.ids()).boxed()).isEqualTo(best.text);
        assertThat(fake.copied).doesNotHaveValue(0); // beams part within a block
    }

    /** Tries every text of up to three tokens, of which 3 ends it. */
    private static final class Best {
        private final FakeModel model;
        private final double lengthPenalty;
        private double score = Double.NEGATIVE_INFINITY;
        private List<Integer> text = List.of();

        Best(FakeModel model, double lengthPenalty) {
            this.model = model;
            this.lengthPenalty = lengthPenalty;
        }

        void search(List<Integer> ids, int newTokens, double logProbability) {
            float[] logits = model.logitsAfter(ids);
            for (int id = 0; id < 4; id++) {
                double sum = logProbability + Fakes.logProbability(logits, id);
                ids.add(id);
                if (id < 3 && newTokens < 2) {
                    search(ids, newTokens + 1, sum);
                } else if (sum / Math.pow(newTokens + 1, lengthPenalty) > score) {
                    score = sum / Math.pow(newTokens + 1, lengthPenalty);
                    text = List.copyOf(ids.subList(2, id == 3 ? ids.size() - 1 : ids.size()));
                }
                ids.remove(ids.size() - 1);
            }
        }
    }

    @Test
    void moreBeamsFindLikelierTexts() {
        LanguageModel model = Fakes.languageModel(new FakeModel(30, 40));
        double one = 0;
        double eight = 0;
        for (int[] prompt : Fakes.prompts(20, 6, 30)) {
            GenerateOptions options = GenerateOptions.upTo(8).withLogProbabilities(true);
            one += sum(complete(model, prompt, options));
            eight += sum(complete(model, prompt, options.withBeams(8, 0)));
        }
        assertThat(eight).isGreaterThan(one + 10);
    }

    private static double sum(Completion completion) {
        return Arrays.stream(completion.logProbabilities()).sum();
    }

    private static Completion complete(LanguageModel model, int[] prompt, GenerateOptions options) {
        return model.complete(List.of(prompt), options, TokenListener.NONE)
                .all()
                .get(0);
    }
}
