package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
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
        double[] probabilities = new Sampler(sampling, 40)
                .probabilities(
                        Fakes.direct(Fakes.floats(golden.get("logits"))), text(0, Fakes.ints(golden.get("ids"))));
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
            Sampler sampler = new Sampler(sampling, 12);
            double[] probabilities = sampler.probabilities(logits, text(seed, 0));
            int[] counts = new int[12];
            int draws = 20_000;
            for (int draw = 0; draw < draws; draw++) {
                counts[sampler.choose(logits, text(seed, draw))]++;
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
        Sampler sampler = new Sampler(PLAIN, 4);
        for (int prompt = 0; prompt < 8_000; prompt++) {
            Sequence text = text(3, prompt, 9);
            int first = sampler.choose(Fakes.direct(new float[4]), text);
            text.append(first, 0);
            pairs[4 * first + sampler.choose(Fakes.direct(new float[4]), text)]++;
        }
        double chiSquare = Arrays.stream(pairs)
                .mapToDouble(count -> (count - 500.0) * (count - 500.0) / 500)
                .sum();
        assertThat(chiSquare).isLessThan(37.7); // 0.1 % at 15 degrees of freedom
    }

    @Test
    void oneSeedGivesOneTokenAndAnotherSeedOthers() {
        FloatBuffer logits = Fakes.direct(logits(1000, 1, 5));
        Sampler sampler = new Sampler(PLAIN, 1000);
        assertThat(sampler.choose(logits, text(1, 4, 2))).isEqualTo(sampler.choose(logits, text(1, 4, 2)));
        assertThat(IntStream.range(0, 20).map(seed -> sampler.choose(logits, text(seed, 4, 2))))
                .doesNotHaveDuplicates();
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
            Sampler sampler = new Sampler(PLAIN.withTopK(k).withTopP(p), size);
            double[] kept = sampler.probabilities(Fakes.direct(logits), text(0, 0));
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
    void argmaxOfEqualLogitsIsTheSmallestId() {
        Sampler sampler = new Sampler(Sampling.GREEDY.withRepetitionPenalty(2), 4);
        assertThat(sampler.choose(Fakes.direct(new float[] {1, 3, 2, 3}), text(0, 0)))
                .isEqualTo(1);
        assertThat(sampler.choose(Fakes.direct(new float[] {1, 3, 2, 3}), text(0, 1)))
                .isEqualTo(3);
        assertThat(sampler.choose(Fakes.direct(new float[] {-1, -0.6f, -2, -2}), text(0, 1)))
                .isZero();
    }

    private static Sequence text(long seed, int... prompt) {
        GenerateOptions options = GenerateOptions.upTo(4).withSampling(PLAIN.withSeed(seed));
        return new Sequence(0, new Prompt(prompt, 4), options, new int[0], TokenListener.NONE);
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
