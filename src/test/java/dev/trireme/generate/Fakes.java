package dev.trireme.generate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Choices;
import dev.trireme.engine.Weights;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** Models without native code, and golden files. */
final class Fakes {
    private Fakes() {}

    static LanguageModel languageModel(FakeModel model, Integer... ends) {
        return new LanguageModel(
                engine(model, EngineConfig.of(GenerationLayout.single("cpu", 1), Weights.FLOAT32), ends));
    }

    static Engine engine(FakeModel model, EngineConfig settings, Integer... ends) {
        return new Engine(List.of(model), config(model.vocabulary(), model.positions(), ends), settings, List.of());
    }

    /** In [0, 1), as good as random. */
    static double uniform(long key, int number) {
        return (mix(key + (number + 1) * 0x9E3779B97F4A7C15L) >>> 11) * 0x1p-53;
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** The log-probability of an id. */
    static double logProbability(float[] logits, int id) {
        return Choices.of(direct(logits), logits.length, List.of(ChoiceRule.given(id, 0)))
                .logProbability(0);
    }

    static HuggingFaceConfig config(int vocabulary, int positions, Integer... ends) {
        ModelConfig shape = ModelConfig.gpt2(1, 1, 4, vocabulary, positions);
        SpecialTokens special = new SpecialTokens(SpecialTokens.ABSENT, List.of(ends), SpecialTokens.ABSENT);
        return new HuggingFaceConfig(shape, special);
    }

    /** Prompts of as many lengths, the longest of so many ids below a vocabulary. */
    static List<int[]> prompts(int count, int longest, int vocabulary) {
        return IntStream.range(0, count)
                .mapToObj(i -> IntStream.range(0, 1 + (int) (uniform(i, 0) * longest))
                        .map(j -> (int) (uniform(i, j + 1) * vocabulary))
                        .toArray())
                .toList();
    }

    static Tokenizer tokenizer() {
        try {
            return Tokenizer.open(
                    Path.of(Objects.requireNonNull(Fakes.class.getResource("/golden/bpe-tiny/tokenizer.json"))
                            .toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static JsonNode golden(String part) {
        try (InputStream json = Fakes.class.getResourceAsStream("/golden/generation.json")) {
            return new ObjectMapper().readTree(json).get(part);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int[] ints(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).asInt()).toArray();
    }

    static float[] floats(JsonNode list) {
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) list.get(i).asDouble();
        }
        return values;
    }

    /** As the model hands them out. */
    static FloatBuffer direct(float[] logits) {
        return ByteBuffer.allocateDirect(logits.length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .put(logits)
                .rewind();
    }

    /** The first of the largest. */
    static int argmax(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        return best;
    }
}
