package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Choices;
import dev.trireme.engine.EngineException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    private static final Sampling PLAIN = Sampling.GREEDY.withTemperature(1);

    static Iterable<JsonNode> goldenCases() {
        return Fakes.golden("sampling");
    }

    @ParameterizedTest
    @MethodSource("goldenCases")
    void probabilitiesEqualThoseOfTransformers(JsonNode golden) {
        Sampling sampling = new Sampling(
                golden.get("temperature").asDouble(),
                golden.get("top_k").asInt(),
                golden.get("top_p").asDouble(),
                golden.get("min_p").asDouble(),
                golden.get("repetition_penalty").asDouble(),
                0);
        double[] probabilities = probabilities(
                sampling, Fakes.direct(Fakes.floats(golden.get("logits"))), Fakes.ints(golden.get("ids")));
        for (int id = 0; id < 40; id++) {
            double expected = golden.get("probabilities").get(id).asDouble();
            assertThat(probabilities[id]).as("id %d", id).isCloseTo(expected, within(5e-6 * expected));
        }
    }

    @Test
    void goldenCasesCoverEveryStep() {
        assertThat(StreamSupport.stream(goldenCases().spliterator(), false)).hasSize(16);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void tokensAreDrawnAsOftenAsTheirProbabilitySays(long seed) {
        FloatBuffer logits = Fakes.direct(logits(12, 1.5, seed));
        for (Sampling sampling : new Sampling[] {
            PLAIN,
            PLAIN.withTopP(0.4),
            PLAIN.withTemperature(1.7).withTopK(9).withTopP(0.9).withMinP(0.02)
        }) {
            double[] probabilities = probabilities(sampling, logits, 0);
            int[] counts = new int[12];
            int draws = 20_000;
            for (int draw = 0; draw < draws; draw++) {
                counts[choose(sampling.withSeed(seed), logits, 0, draw)]++;
            }
            double chiSquare = 0;
            for (int id = 0; id < 12; id++) {
                double expected = draws * probabilities[id];
                assertThat(expected > 0 || counts[id] == 0).isTrue();
                chiSquare += expected > 0 ? (counts[id] - expected) * (counts[id] - expected) / expected : 0;
            }
            assertThat(chiSquare).isLessThan(31.3); // 0.1 % of fair draws are beyond it at 11 degrees of freedom
        }
    }

    @Test
    void placesInATextAreDrawnIndependently() {
        int[] pairs = new int[16];
        FloatBuffer logits = Fakes.direct(new float[4]);
        for (int prompt = 0; prompt < 8_000; prompt++) {
            int first = choose(PLAIN.withSeed(3), logits, 0, prompt, 9);
            pairs[4 * first + choose(PLAIN.withSeed(3), logits, 1, prompt, 9)]++;
        }
        double chiSquare = Arrays.stream(pairs)
                .mapToDouble(count -> (count - 500.0) * (count - 500.0) / 500)
                .sum();
        assertThat(chiSquare).isLessThan(37.7); // 0.1 % at 15 degrees of freedom
    }

    @Test
    void oneSeedGivesOneTokenAndAnotherSeedOthers() {
        FloatBuffer logits = Fakes.direct(logits(1000, 1, 5));
        assertThat(choose(PLAIN.withSeed(1), logits, 0, 4, 2)).isEqualTo(choose(PLAIN.withSeed(1), logits, 0, 4, 2));
        assertThat(IntStream.range(0, 20).map(seed -> choose(PLAIN.withSeed(seed), logits, 0, 4, 2)))
                .doesNotHaveDuplicates();
        assertThat(IntStream.range(0, 20).mapToLong(choice -> Draws.key(1, new int[] {4}, choice)))
                .doesNotHaveDuplicates();
    }

    @Test
    void penaltiesBiasesAndMasksChangeLogits() {
        FloatBuffer logits = Fakes.direct(new float[] {1, 3, 2, 2.9f});
        assertThat(choose(Sampling.GREEDY.withPenalties(0.2, 0), logits, 0, 1)).isEqualTo(1); // not generated
        int[] text = {1, 1, 2};
        assertThat(greedy(Sampling.GREEDY.withPenalties(0.2, 0), logits, text, 1, new long[0]))
                .isEqualTo(3);
        assertThat(greedy(Sampling.GREEDY.withPenalties(0, 0.05), logits, text, 0, new long[0]))
                .isEqualTo(1); // 2.9
        assertThat(greedy(Sampling.GREEDY.withPenalties(0, 0.06), logits, text, 0, new long[0]))
                .isEqualTo(3);
        assertThat(greedy(Sampling.GREEDY.withBiases(Map.of(0, 2.5)), logits, text, 0, new long[0]))
                .isZero();
        assertThat(greedy(Sampling.GREEDY, logits, text, 0, new long[] {0b0101}))
                .isEqualTo(2);
        assertThatThrownBy(() -> greedy(Sampling.GREEDY, logits, text, 0, new long[] {0}))
                .isInstanceOf(EngineException.class);
        double[] masked = Choices.probabilities(logits, rule(PLAIN, 0, text, 0, new long[] {0b0011}));
        assertThat(masked[1]).isCloseTo(1 / (1 + Math.exp(-2)), within(1e-6));
        assertThat(masked[2] + masked[3]).isZero();
    }

    /** Against the plain definition: sort everything. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void cutOffsKeepWhatSortingKeeps(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 30; round++) {
            int size = 1 + random.nextInt(800);
            float[] logits = logits(size, random.nextInt(6), random.nextLong());
            if (round % 3 == 0) { // many ties
                for (int id = 0; id < size; id++) {
                    logits[id] = Math.round(logits[id]);
                }
            }
            int k = random.nextInt(size + 1);
            double p = 1 - random.nextDouble();
            double[] kept = probabilities(PLAIN.withTopK(k).withTopP(p), Fakes.direct(logits), 0);
            assertThat(IntStream.range(0, size).filter(id -> kept[id] > 0).toArray())
                    .as("%d logits, top-k %d, top-p %s", size, k, p)
                    .isEqualTo(sortedCut(logits, k, p));
        }
    }

    private static int[] sortedCut(float[] logits, int k, double p) {
        int[] order = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> -logits[id]).thenComparing(id -> id))
                .mapToInt(Integer::intValue)
                .toArray();
        float least = logits[order[k == 0 ? order.length - 1 : k - 1]];
        int[] candidates =
                Arrays.stream(order).filter(id -> logits[id] >= least).toArray();
        double sum = Arrays.stream(candidates)
                .mapToDouble(id -> Math.exp(logits[id]))
                .sum();
        double before = 0;
        int count = 0;
        while (count < candidates.length && before < p * sum) {
            before += Math.exp(logits[candidates[count++]]);
        }
        return Arrays.stream(candidates, 0, count).sorted().toArray();
    }

    @Test
    void theGreedyChoiceOfEqualLogitsIsTheSmallestId() {
        Sampling sampling = Sampling.GREEDY.withRepetitionPenalty(2);
        assertThat(choose(sampling, Fakes.direct(new float[] {1, 3, 2, 3}), 0, 0))
                .isEqualTo(1);
        assertThat(choose(sampling, Fakes.direct(new float[] {1, 3, 2, 3}), 0, 1))
                .isEqualTo(3);
        assertThat(choose(sampling, Fakes.direct(new float[] {-1, -0.6f, -2, -2}), 0, 1))
                .isZero();
        assertThat(choose(Sampling.GREEDY, Fakes.direct(new float[] {1, 3, 2, 3}), 0, 1))
                .isEqualTo(1);
    }

    private static double[] probabilities(Sampling sampling, FloatBuffer logits, int... text) {
        return Choices.probabilities(logits, rule(sampling, 0, text, 0, new long[0]));
    }

    /** The token at a place of a text that has only a prompt. */
    private static int choose(Sampling sampling, FloatBuffer logits, int place, int... prompt) {
        int[] ids = Arrays.stream(prompt).map(id -> id % logits.capacity()).toArray();
        ChoiceRule rule = rule(sampling, place, ids, ids.length, new long[0]);
        ChoiceRule keyed = new ChoiceRule(
                rule.numbers(),
                Draws.key(sampling.seed(), prompt, 0),
                place,
                -1,
                rule.text(),
                rule.generated(),
                rule.biasedIds(),
                rule.biases(),
                rule.mask(),
                false,
                0);
        return Choices.of(logits, logits.capacity(), List.of(keyed)).id(0);
    }

    private static int greedy(Sampling sampling, FloatBuffer logits, int[] text, int generated, long[] mask) {
        return Choices.of(logits, logits.capacity(), List.of(rule(sampling, 0, text, generated, mask)))
                .id(0);
    }

    private static ChoiceRule rule(Sampling sampling, int place, int[] text, int generated, long[] mask) {
        return new ChoiceRule(
                sampling.numbers(),
                7,
                place,
                -1,
                text,
                generated,
                sampling.biasedIds(),
                sampling.biasValues(),
                mask,
                false,
                0);
    }

    private static float[] logits(int size, double deviation, long seed) {
        Random random = new Random(seed);
        float[] logits = new float[size];
        for (int id = 0; id < size; id++) {
            logits[id] = (float) (deviation * random.nextGaussian()) + 0f; // no -0
        }
        return logits;
    }
}
