package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.checkpoint.DataType;
import dev.trireme.config.BadInputException;
import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Padding;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.Reduction;
import dev.trireme.config.SpecialTokens;
import dev.trireme.config.TrainConfig;
import dev.trireme.model.Freezing;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import dev.trireme.task.TaskConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunConfigTest {
    private static final RunConfig CONFIG = new RunConfig(
            ModelConfig.gpt2(2, 4, 32, 211, 128).withDropout(0.1, 0.2, 0.3),
            new TrainConfig(
                    new TrainConfig.Batch(8, 64, Padding.MAX),
                    new TrainConfig.Duration(3, 17),
                    new TrainConfig.Update(
                            new LearningRateSchedule(LearningRateSchedule.Shape.COSINE, 1.0 / 3, 5),
                            new OptimizerConfig(0.8, 0.95, 1e-9, 0.1, 1)),
                    Long.MIN_VALUE,
                    new ParallelConfig(2, 4, 3, "cuda:1", Reduction.PER_PARAMETER, 7)));

    @TempDir
    private Path folder;

    @Test
    void readsBackWhatItWrote() throws IOException {
        assertThat(RunConfig.read(write(CONFIG.toJson()))).isEqualTo(CONFIG);
    }

    @Test
    void aRunFromBeforeThereWasAPrecisionIsOfFloat32() throws IOException {
        String old = CONFIG.toJson().replaceAll("\\s*\"precision\" : \"float32\",", "");
        assertThat(old).doesNotContain("precision");
        assertThat(RunConfig.read(write(old))).isEqualTo(CONFIG);
    }

    /** The file is what version 9b14e00 wrote of the same settings. */
    @Test
    void aRunFromBeforeThereWereTasksAndBasesIsATranslationFromRandomWeights() throws IOException {
        String old = Files.readString(Path.of("src/test/resources/dev/trireme/train/config-9b14e00.json"));
        assertThat(RunConfig.read(write(old))).isEqualTo(CONFIG);
        assertRefused(old.replace("\"epochs\" : 3,", ""), "epochs");

        Checkpoint checkpoint = new Checkpoint(1, Progress.START, 0, CONFIG, "data", "arithmetic", 1, "now");
        String current = CONFIG.toJson().strip();
        String before = checkpoint.toJson().replaceAll("\\s", "").replace(current.replaceAll("\\s", ""), old);
        Files.writeString(folder.resolve(Checkpoint.FILE), before);
        assertThat(before).doesNotContain("learns_all");
        assertThat(Checkpoint.read(folder)).isEqualTo(checkpoint);
    }

    @Test
    void aBaseFromBeforeThereWereUpdatesHasNoHash() throws IOException {
        String old = CONFIG.toJson().replaceAll(",\\s*\"weights\" : \"\"", "");
        assertThat(old).doesNotContain("\"weights\"");
        assertThat(RunConfig.read(write(old))).isEqualTo(CONFIG);
    }

    @Test
    void writesNamesThatOtherProgramsRead() {
        assertThat(CONFIG.toJson())
                .contains("\"max_length\" : 64", "\"reduction\" : \"per-parameter\"", "\"shape\" : \"cosine\"")
                .endsWith("}\n");
    }

    @Test
    void namesFileLineAndReasonOfABadFile() throws IOException {
        assertRefused(CONFIG.toJson().replace("\"world_size\" : 2", "\"world_size\" : 0"), "worldSize is 0");
        assertRefused(CONFIG.toJson().replace("\"epochs\" : 3,", ""), "epochs");
        assertRefused(CONFIG.toJson().replace("\"epochs\"", "\"epoch\""), "epoch");
        assertRefused(CONFIG.toJson().replace("\"epochs\" : 3", "\"epochs\" : null"), "epochs");
        assertRefused(CONFIG.toJson().replace("\"epochs\" : 3", "\"epochs\" : 3, \"epochs\" : 4"), "uplicate");
        assertRefused(CONFIG.toJson().replace("\"warmup_steps\" : 5", "\"warmup_steps\" : -1"), "warmup_steps");
        assertRefused(CONFIG.toJson() + "{}", "railing");
        assertRefused(CONFIG.toJson().substring(0, 100), "config.json:");
        assertRefused("", "config.json:1");
        assertRefused("null", "config.json:1");
        assertThatThrownBy(() -> RunConfig.read(folder.resolve("none"))).isInstanceOf(BadInputException.class);
    }

    @Test
    void refusesRowsThatTheModelCannotHold() {
        assertThatThrownBy(() -> new RunConfig(ModelConfig.gpt2(2, 4, 32, 211, 100), TrainConfig.defaults()))
                .hasMessageContaining("maxLength 128 is more than the model's 100 positions");
    }

    @Test
    void refusesToFreezeTheRowsOfAddedTokens() {
        BaseModel base = new BaseModel("/models/base", SpecialTokens.NONE, 210, List.of("<|x|>"), "", true);
        ModelConfig tied = ModelConfig.gpt2(2, 4, 32, 211, 128);
        assertThatThrownBy(() -> frozen(tied, "embeddings", base))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("freeze has embeddings, where the token <|x|> that is added could never be learned;"
                        + " freeze layers only");
        assertThat(frozen(tied, "head,layers.0", base).base()).isEqualTo(base);
    }

    private static RunConfig frozen(ModelConfig model, String parts, BaseModel base) {
        ModelConfig tuned = model.withTuning(new Tuning(LoraConfig.NONE, Freezing.parse(parts)));
        return new RunConfig(tuned, TrainConfig.defaults(), base, DataType.F32, TaskConfig.TRANSLATE);
    }

    private void assertRefused(String json, String reason) throws IOException {
        Path file = write(json);
        assertThatThrownBy(() -> RunConfig.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(file + ":")
                .hasMessageContaining(reason);
    }

    private Path write(String json) throws IOException {
        return Files.writeString(folder.resolve("config.json"), json);
    }
}
