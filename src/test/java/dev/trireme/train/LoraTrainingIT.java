package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.checkpoint.DataType;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.SafetensorsReader;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.config.BadInputException;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Weights;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.LanguageModel;
import dev.trireme.model.Freezing;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.LoraTarget;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import dev.trireme.task.TaskConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that train low-rank updates, or a part of a model. */
class LoraTrainingIT {
    private static final ParallelConfig ALONE = TinyRun.ranks(1, Reduction.TREE);
    private static final String UPDATES = "adapter_model.safetensors";

    @TempDir
    private static Path shared;

    @TempDir
    private Path folder;

    private static Path base;
    private static TrainingRun whole;
    private static ResultMetrics result;

    @BeforeAll
    static void train() {
        TrainingRun first = TrainingRun.prepare(
                shared.resolve("base"), TinyRun.splits(), TinyRun.SHAPE, TinyRun.config(1, 0, ALONE));
        Trainer.train(first, TrainListener.NONE);
        base = first.model();
        whole = prepare(shared.resolve("whole"), ALONE);
        result = Trainer.train(whole, TrainListener.NONE);
    }

    private static Tuning updates(ModelConfig model) {
        return Tuning.of(new LoraConfig(4, 8, LoraTarget.parse("all", model), 0.1));
    }

    private static TrainingRun prepare(Path folder, ParallelConfig parallel) {
        return prepare(folder, updates(TinyRun.SHAPE), parallel);
    }

    private static TrainingRun prepare(Path folder, Tuning tuning, ParallelConfig parallel) {
        TrainConfig config = TinyRun.resumable(2, 5, parallel);
        BaseModel.Shape start = BaseModel.of(base, List.of());
        RunConfig wish = new RunConfig(
                start.model().withTuning(tuning), config, start.base(), DataType.F32, TaskConfig.TRANSLATE);
        return TrainingRun.prepare(folder, TinyRun.splits(), wish, parallel.worldSize());
    }

    private static byte[] updates(TrainingRun run) throws IOException {
        return Files.readAllBytes(run.model().resolve(UPDATES));
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "0.5,1.5", "1,1"})
    void everySplitGivesTheSameUpdates(String split) throws IOException {
        int stages = split.split(",").length;
        PipelineLayout cut = PipelineLayout.of(stages, stages == 1 ? "even" : split);
        TrainingRun run = prepare(folder, ALONE.withPipeline(cut));
        Trainer.train(run, TrainListener.NONE);
        assertThat(updates(run)).isEqualTo(updates(whole));
    }

    @Test
    void twoRanksGiveTheSameUpdates() throws IOException {
        TrainingRun run = prepare(folder, TinyRun.ranks(2, Reduction.TREE));
        Trainer.launch(run, System.err);
        assertThat(updates(run)).isEqualTo(updates(whole));
    }

    @Test
    void aRunThatGoesOnGivesTheUpdatesOfOneThatWasNeverStopped() throws IOException {
        TrainingRun run = prepare(folder, ALONE);
        Trainer.train(run, TrainListener.NONE);
        Resumption middle =
                Resumption.of(run.checkpoints().at(run.checkpoints().steps().get(1)));
        PipelineLayout cut = PipelineLayout.of(2, "0.5,1.5");
        RunConfig wish =
                run.config().with(run.config().model(), run.config().training().withParallel(ALONE.withPipeline(cut)));
        Trainer.train(middle.with(wish, 1), TrainListener.NONE);
        assertThat(updates(run)).isEqualTo(updates(whole));
    }

    @Test
    void aCheckpointHoldsUpdatesAloneAndSaysOfWhichWeights() throws IOException {
        Path checkpoint = whole.checkpoints().at(whole.checkpoints().steps().get(0));
        assertThat(checkpoint.resolve("model.safetensors")).doesNotExist();
        assertThat(checkpoint.resolve(UPDATES)).exists();
        assertThat(Checkpoint.read(checkpoint).config().base().weights()).hasSize(64);
        try (SafetensorsReader moments = SafetensorsReader.open(checkpoint.resolve("optimizer.safetensors"));
                SafetensorsReader updates = SafetensorsReader.open(checkpoint.resolve(UPDATES))) {
            assertThat(moments.tensors()).hasSize(2 * updates.tensors().size());
        }
    }

    @Test
    void otherWeightsThanThoseThatARunBeganWithAreRefused() throws IOException {
        TrainingRun run = prepare(folder, ALONE);
        Trainer.train(run, TrainListener.NONE);
        Path weights = base.resolve("model.safetensors");
        byte[] before = Files.readAllBytes(weights);
        try {
            byte[] other = before.clone();
            other[other.length - 1] ^= 1;
            Files.write(weights, other);
            String message = base + ": has other weights than when the run began, whose checkpoints update those; put"
                    + " them back";
            assertThatThrownBy(() -> Resumption.last(folder))
                    .isInstanceOf(BadInputException.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> Trainer.train(run, TrainListener.NONE))
                    .isInstanceOf(BadInputException.class)
                    .hasMessage(message);
        } finally {
            Files.write(weights, before);
        }
    }

    @Test
    void theModelWithItsUpdatesIsTheOneThatWasTrainedAndTheMergedOneNearlyIs() {
        GenerationLayout alone = GenerationLayout.single("cpu", 1);
        try (HuggingFaceFolder files = HuggingFaceFolder.open(base, Optional.of(whole.model()));
                Tokenizer tokenizer = Tokenizer.open(files.tokenizer());
                LanguageModel model = LanguageModel.open(files, alone, Weights.TRAINABLE)) {
            ModelQuality quality =
                    Evaluator.evaluate(model, tokenizer, whole.splits().test(), alone);
            assertThat(quality.loss()).isCloseTo(result.testLoss(), within(1e-6));
        }
        Path merged = folder.resolve("merged");
        Merging.merge(base, whole.model(), merged);
        double before = Evaluator.evaluate(base, whole.splits().test(), alone).loss();
        double after = Evaluator.evaluate(merged, whole.splits().test(), alone).loss();
        assertThat(after).isCloseTo(result.testLoss(), within(1e-5)).isLessThan(before);
    }

    @Test
    void anAdapterIsRefusedByOtherWeightsOfTheSameShapesButNotByTheSameInAnotherType() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        Path rounded = folder.resolve("rounded");
        try (HuggingFaceFolder files = HuggingFaceFolder.open(base);
                LanguageModel model = LanguageModel.open(files, GenerationLayout.single("cpu", 1), Weights.TRAINABLE)) {
            StageParameters weights = new StageParameters(model.stages());
            HuggingFaceFolder.save(rounded, files.config(), weights, DataType.BF16, next -> {});
        }
        for (String name : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            Files.copy(base.resolve(name), other.resolve(name));
        }
        byte[] weights = Files.readAllBytes(other.resolve("model.safetensors"));
        weights[weights.length - 1] ^= 1;
        Files.write(other.resolve("model.safetensors"), weights);

        String message = whole.model() + ": was trained on other weights, those of " + base.toAbsolutePath() + ", than "
                + other + " has; name that model, or train an adapter of this one";
        assertThatThrownBy(() -> HuggingFaceFolder.open(other, Optional.of(whole.model())))
                .isInstanceOf(BadInputException.class)
                .hasMessage(message);
        EngineConfig serving = EngineConfig.of(GenerationLayout.single("cpu", 1), Weights.FLOAT32)
                .withAdapters(Map.of("mine", whole.model()));
        assertThatThrownBy(() -> Engine.open(other, serving))
                .isInstanceOf(BadInputException.class)
                .hasMessage(message);
        HuggingFaceFolder.open(rounded, Optional.of(whole.model())).close();
    }

    @Test
    void aFolderThatIsUsedAgainHasTheResultOfOneRun() {
        TrainingRun updated = prepare(folder, ALONE);
        Trainer.train(updated, TrainListener.NONE);
        assertThat(folder.resolve("adapter")).exists();
        prepare(folder, Tuning.ALL, ALONE);
        assertThat(folder.resolve("adapter")).doesNotExist();
    }

    @Test
    void updatesOfTheModelInTheirOwnFolderKeepIt() {
        Path model = prepare(folder, Tuning.ALL, ALONE).model();
        Trainer.train(TrainingRun.open(folder), TrainListener.NONE);
        BaseModel.Shape start = BaseModel.of(model, List.of());
        RunConfig wish = new RunConfig(
                start.model().withTuning(updates(start.model())),
                TinyRun.resumable(2, 5, ALONE),
                start.base(),
                DataType.F32,
                TaskConfig.TRANSLATE);
        Trainer.train(TrainingRun.prepare(folder, TinyRun.splits(), wish, 1), TrainListener.NONE);
        assertThat(model).exists();
        assertThat(folder.resolve("adapter")).exists();
    }

    @Test
    void frozenPartsKeepTheirBytesAndTheOthersDoNot() {
        Tuning tuning = new Tuning(LoraConfig.NONE, Freezing.parse("embeddings,layers.0-0"));
        TrainingRun run = prepare(folder, tuning, ALONE);
        Trainer.train(run, TrainListener.NONE);
        Resumption back =
                Resumption.of(run.checkpoints().at(run.checkpoints().steps().get(1)));
        Trainer.train(back.unchanged(), TrainListener.NONE);
        try (SafetensorsReader start = SafetensorsReader.open(base.resolve("model.safetensors"));
                SafetensorsReader end = SafetensorsReader.open(run.model().resolve("model.safetensors"))) {
            for (String name : start.tensors().keySet()) {
                boolean frozen = name.contains("wte") || name.contains("wpe") || name.contains("h.0.");
                assertThat(bytes(start, name).equals(bytes(end, name))).as(name).isEqualTo(frozen);
            }
        }
    }

    /** Activations below the first layer that is trained are not kept, in any layout. */
    @ParameterizedTest
    @ValueSource(strings = {"2", "1,1", "0.5,1.5", "1.5,0.5"})
    void aStepAboveFrozenLayersIsThatOfTheWholeModel(String split) {
        int stages = split.split(",").length;
        ParallelConfig cut = ALONE.withPipeline(PipelineLayout.of(stages, stages == 1 ? "even" : split));
        TrainConfig step = TinyRun.config(1, 1, cut);
        BaseModel.Shape start = BaseModel.of(base, List.of());
        List<TrainingRun> runs = new ArrayList<>();
        for (Tuning tuning : List.of(Tuning.ALL, new Tuning(LoraConfig.NONE, Freezing.parse("embeddings,layers.0")))) {
            RunConfig wish = new RunConfig(
                    start.model().withTuning(tuning), step, start.base(), DataType.F32, TaskConfig.TRANSLATE);
            runs.add(TrainingRun.prepare(folder.resolve("run-" + runs.size()), TinyRun.splits(), wish, 1));
            Trainer.train(runs.get(runs.size() - 1), TrainListener.NONE);
        }
        try (SafetensorsReader all = SafetensorsReader.open(runs.get(0).model().resolve("model.safetensors"));
                SafetensorsReader upper =
                        SafetensorsReader.open(runs.get(1).model().resolve("model.safetensors"))) {
            assertThat(all.tensors().keySet())
                    .filteredOn(name -> name.contains("h.1.") || name.contains("ln_f"))
                    .hasSizeGreaterThan(10)
                    .allSatisfy(name -> assertThat(bytes(upper, name)).isEqualTo(bytes(all, name)));
        }
    }

    private static ByteBuffer bytes(SafetensorsReader file, String name) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.tensor(name).bytes()));
        file.read(file.tensor(name), bytes);
        return bytes.flip();
    }

    @Test
    void updatesNeedAModelThatIsThereAndTargetsThatItHas() {
        ModelConfig tuned = TinyRun.SHAPE.withTuning(updates(TinyRun.SHAPE));
        assertThatThrownBy(() -> new RunConfig(tuned, TinyRun.config(1, 1, ALONE)))
                .hasMessage(
                        "loraRank is 4, but updates are of a model that is there, with its tokens; name it by --from");
        assertThatThrownBy(() -> LoraTarget.parse("attn,q", TinyRun.SHAPE))
                .hasMessage(
                        "loraTargets is attn,q, of which \"q\" is no target of this model; use attn, proj, fc or all");
        Tuning query = Tuning.of(new LoraConfig(4, 8, EnumSet.of(LoraTarget.QUERY), 0));
        assertThatThrownBy(() -> TinyRun.SHAPE.withTuning(query))
                .hasMessageContaining("queries, keys and values in one matrix; target all three");
        Tuning far = new Tuning(LoraConfig.NONE, Freezing.parse("layers.1-2"));
        assertThatThrownBy(() -> TinyRun.SHAPE.withTuning(far))
                .hasMessage("freeze has layer 2, but the model has layers 0 to 1; name those");
        assertThatThrownBy(() -> Freezing.parse("layer.1"))
                .hasMessageStartingWith(
                        "freeze is layer.1, of which \"layer.1\" is no part; use embeddings, head, and");
    }
}
