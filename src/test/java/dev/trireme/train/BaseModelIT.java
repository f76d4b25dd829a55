package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.checkpoint.DataType;
import dev.trireme.checkpoint.SafetensorsReader;
import dev.trireme.checkpoint.TensorEntry;
import dev.trireme.config.BadInputException;
import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.model.Families;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.ModelSizes;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that start from a model. At a learning rate of 0 they end with what they started from. */
class BaseModelIT {
    private static final String EMBEDDING_OF_LLAMA = "model.embed_tokens.weight";
    private static final ParallelConfig ALONE = TinyRun.ranks(1, Reduction.OVERLAPPED);

    @TempDir
    private static Path folder;

    private static Path tied;
    private static Path untied;

    @BeforeAll
    static void makeModels() throws IOException {
        tied = model("tied", TinyRun.SHAPE);
        ModelSizes sizes = new ModelSizes(2, 32, 400, 128);
        ModelConfig llama = Families.named("llama").fresh(sizes, 2, Optional.empty(), Optional.empty());
        untied = model("untied", llama.withArchitecture(llama.architecture().withTied(false)));
        Files.writeString(tied.resolve("tokenizer_config.json"), "{\"model_max_length\": 128}");
        Files.writeString(tied.resolve("chat_template.jinja"), "{{ messages[0]['content'] }}");
        Files.writeString(tied.resolve("generation_config.json"), "{\"eos_token_id\": 1, \"temperature\": 0.5}");
    }

    private static Path model(String name, ModelConfig shape) {
        TrainingRun run =
                TrainingRun.prepare(folder.resolve(name), TinyRun.splits(), shape, TinyRun.config(1, 2, ALONE));
        Trainer.train(run, TrainListener.NONE);
        return run.model();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void everyLayoutStartsFromTheWeightsOfTheModel(int stages) throws IOException {
        PipelineLayout layout = PipelineLayout.of(stages, "even");
        TrainingRun run = still("of-" + stages, tied, List.of(), ALONE.withPipeline(layout), DataType.F32);

        assertThat(run.model().resolve("model.safetensors")).hasSameBinaryContentAs(tied.resolve("model.safetensors"));
    }

    @Test
    void theResultHasTheFilesThatGoWithTheModel() throws IOException {
        TrainingRun run = still("files", tied, List.of(), ALONE, DataType.F32);

        for (String file :
                List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")) {
            assertThat(run.model().resolve(file)).hasSameBinaryContentAs(tied.resolve(file));
        }
    }

    @Test
    void newTokensGetTheMeanOfTheRowsBeforeThem() throws IOException {
        for (String name : List.of(EMBEDDING_OF_LLAMA, "lm_head.weight")) {
            requireMeanRows(untied, name);
        }
        requireMeanRows(tied, "transformer.wte.weight");
    }

    private static void requireMeanRows(Path base, String name) throws IOException {
        List<String> added = List.of("<|x|>", "<|y|>");
        TrainingRun run = still("with-" + name, base, added, ALONE, DataType.F32);
        float[] before = values(base, name);
        float[] after = values(run.model(), name);
        int width = 32;
        assertThat(after).hasSize(before.length + 2 * width).startsWith(before);
        for (int column = 0; column < width; column++) {
            int rows = before.length / width;
            double sum = 0;
            for (int row = 0; row < rows; row++) {
                sum += before[row * width + column];
            }
            float mean = (float) (sum / rows);
            assertThat(after[before.length + column]).isEqualTo(mean);
            assertThat(after[before.length + width + column]).isEqualTo(mean);
        }
        try (Tokenizer tokenizer = Tokenizer.open(run.model().resolve("tokenizer.json"))) {
            assertThat(tokenizer.encodeWithSpecialTokens("<|y|>")).containsExactly(before.length / width + 1);
            assertThat(tokenizer.encode("<|y|>")).hasSizeGreaterThan(1);
        }
    }

    @Test
    void bfloat16IsTheNearestToEachWeightAndWidenedAgain() throws IOException {
        TrainingRun half = still("half", untied, List.of(), ALONE, DataType.BF16);
        float[] exact = values(untied, EMBEDDING_OF_LLAMA);
        float[] rounded = values(half.model(), EMBEDDING_OF_LLAMA);
        for (int i = 0; i < exact.length; i++) {
            int bits = Float.floatToRawIntBits(rounded[i]);
            assertThat(bits & 0xffff).isZero();
            BigDecimal distance = distance(exact[i], rounded[i]);
            assertThat(distance).isLessThanOrEqualTo(distance(exact[i], Float.intBitsToFloat(bits + 0x10000)));
            assertThat(distance).isLessThanOrEqualTo(distance(exact[i], Float.intBitsToFloat(bits - 0x10000)));
        }

        TrainingRun again = still("again", half.model(), List.of(), ALONE, DataType.F32);
        assertThat(values(again.model(), EMBEDDING_OF_LLAMA)).isEqualTo(rounded);
    }

    @Test
    void aRunFromAModelThatGoesOnHasTheBytesOfOneThatNeverStopped() throws IOException {
        TrainConfig config = TinyRun.resumable(1, 4, ALONE);
        TrainingRun whole = prepare("whole", tied, List.of("<|x|>"), config, DataType.F32);
        Trainer.train(whole, TrainListener.NONE);

        Resumption back = Resumption.of(whole.checkpoints().at(12));
        Trainer.train(back.unchanged(), TrainListener.NONE);
        float[] resumed = values(whole.model(), "transformer.wte.weight");

        TrainingRun other = prepare("other", tied, List.of("<|x|>"), config, DataType.F32);
        Trainer.train(other, TrainListener.NONE);
        assertThat(resumed).isEqualTo(values(other.model(), "transformer.wte.weight"));
    }

    @Test
    void refusesWhatDoesNotFitByItsName() throws IOException {
        assertThatThrownBy(() -> BaseModel.of(tied, List.of("<eos>")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("<eos>")
                .hasMessageContaining("already");
        assertThatThrownBy(() -> BaseModel.of(tied, List.of("<|x|>", "<|x|>"))).hasMessageContaining("once");
        assertThatThrownBy(() -> BaseModel.of(folder.resolve("nothing"), List.of()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no such folder");

        Path other = Files.createDirectory(folder.resolve("mixed"));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(tied.resolve(file), other.resolve(file));
        }
        still("larger", tied, List.of("<|x|>"), ALONE, DataType.F32);
        Files.copy(folder.resolve("run-larger/model/tokenizer.json"), other.resolve("tokenizer.json"));
        assertThatThrownBy(() -> BaseModel.of(other, List.of()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("tokenizer.json: has ids up to")
                .hasMessageContaining("use the tokenizer that belongs to it");
    }

    @Test
    void aTokenizerWithoutAProofOfItsTimeIsTakenIfItsMakerIsTrusted() throws IOException {
        Path model = Files.createDirectory(folder.resolve("unproved"));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(tied.resolve(file), model.resolve(file));
        }
        ObjectMapper json = new ObjectMapper();
        ObjectNode tokenizer =
                (ObjectNode) json.readTree(tied.resolve("tokenizer.json").toFile());
        tokenizer.set("pre_tokenizer", json.readTree("""
                {"type": "Sequence", "pretokenizers": [
                  {"type": "Split", "pattern": {"Regex": "a*b|."}, "behavior": "Isolated", "invert": false},
                  {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
                """));
        json.writeValue(model.resolve("tokenizer.json").toFile(), tokenizer);

        assertThatThrownBy(() -> BaseModel.of(model, List.of()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("may take unbounded time")
                .hasMessageContaining("--trust-tokenizer");
        RunConfig wish = RunConfig.of(BaseModel.of(model, List.of(), true), TinyRun.config(1, 2, ALONE));
        TrainingRun run = TrainingRun.prepare(folder.resolve("run-unproved"), TinyRun.splits(), wish, 1);
        assertThat(Trainer.launch(run, System.err).testLoss()).isFinite();
    }

    private static TrainingRun still(
            String name, Path base, List<String> added, ParallelConfig parallel, DataType type) {
        TrainConfig config = TinyRun.config(1, 2, parallel).withLearningRate(LearningRateSchedule.constant(0));
        TrainingRun run = prepare(name, base, added, config, type);
        Trainer.train(run, TrainListener.NONE);
        return run;
    }

    private static TrainingRun prepare(String name, Path base, List<String> added, TrainConfig config, DataType type) {
        RunConfig wish = RunConfig.of(BaseModel.of(base, added), config).savedAs(type);
        return TrainingRun.prepare(folder.resolve("run-" + name), TinyRun.splits(), wish, 1);
    }

    private static BigDecimal distance(float one, float other) {
        return new BigDecimal(one).subtract(new BigDecimal(other)).abs();
    }

    private static float[] values(Path model, String name) {
        try (SafetensorsReader reader = SafetensorsReader.open(model.resolve("model.safetensors"))) {
            TensorEntry entry = reader.tensor(name);
            ByteBuffer bytes =
                    ByteBuffer.allocateDirect(Math.toIntExact(entry.bytes())).order(ByteOrder.LITTLE_ENDIAN);
            reader.read(entry, bytes);
            bytes.clear();
            boolean halves = entry.type() == DataType.BF16;
            float[] values =
                    new float[Math.toIntExact(entry.bytes() / entry.type().width())];
            for (int i = 0; i < values.length; i++) {
                values[i] = halves ? Float.intBitsToFloat(bytes.getShort() << 16) : bytes.getFloat();
            }
            return values;
        }
    }
}
