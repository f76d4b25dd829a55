package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.Reduction;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.Weights;
import dev.trireme.generate.Generator;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.Rendezvous;
import dev.trireme.parallel.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerIT {
    private static final ParallelConfig ALONE = TinyRun.ranks(1, Reduction.OVERLAPPED);
    private static final int EPOCHS = 4;
    private static final int STEPS_OF_EPOCH = 13; // 12 of 16 rows and one of the 8 that are left

    @TempDir
    private static Path folder;

    private static TrainingRun run;
    private static ResultMetrics result;
    private static final Recorder RECORDER = new Recorder();

    @BeforeAll
    static void train() {
        run = TinyRun.prepare(folder.resolve("run"), EPOCHS, 0, ALONE);
        result = Trainer.train(run, RECORDER);
    }

    @Test
    void trainingLowersTheLoss() {
        List<EpochMetrics> epochs = RECORDER.epochs;
        assertThat(epochs).hasSize(EPOCHS);
        assertThat(RECORDER.steps.get(0).loss()).isCloseTo(Math.log(400), within(0.3)); // it knows nothing yet
        assertThat(epochs.get(EPOCHS - 1).trainLoss()).isLessThan(epochs.get(0).trainLoss() - 0.9);
        assertThat(epochs.get(EPOCHS - 1).validationLoss())
                .isLessThan(epochs.get(0).validationLoss() - 0.5);
    }

    @Test
    void tellsAndWritesTheSameNumbersInOrder() throws IOException {
        List<JsonNode> lines = lines(run);
        assertThat(lines.stream().map(line -> line.get("kind").asText()))
                .startsWith("machine", "memory", "step")
                .containsSubsequence("step", "epoch", "quality", "samples", "step", "epoch", "quality", "samples")
                .endsWith("stages", "memory", "samples", "translations", "quality", "result")
                .hasSize(EPOCHS * (STEPS_OF_EPOCH + 3) + 7);
        assertThat(lines.get(0).fieldNames())
                .toIterable()
                .contains("processor", "cores", "free_memory", "system", "started");
        assertThat(lines.get(1).fieldNames())
                .toIterable()
                .containsExactly("kind", "micro_batch_size", "length", "stage_memory_predicted_mb", "stage_memory_mb");
        assertThat(lines.get(2).fieldNames())
                .toIterable()
                .containsExactly(
                        "kind",
                        "step",
                        "epoch",
                        "loss",
                        "tokens",
                        "tokens_per_second",
                        "step_ms",
                        "data_ms",
                        "compute_ms",
                        "comm_ms",
                        "gc_ms",
                        "learning_rate");
        assertThat(lines.get(STEPS_OF_EPOCH + 2).fieldNames())
                .toIterable()
                .containsExactly("kind", "epoch", "seconds", "tokens_per_second", "train_loss", "validation_loss");
        JsonNode last = lines.get(lines.size() - 1);
        assertThat(last.fieldNames())
                .toIterable()
                .containsExactly("kind", "tokens_per_second", "test_loss", "bleu", "model_step", "best");
        assertThat(last.get("test_loss").asDouble()).isEqualTo(result.testLoss());
        assertThat(lines.get(2).get("loss").asDouble())
                .isEqualTo(RECORDER.steps.get(0).loss());
        assertThat(RECORDER.starts).containsExactly("1 of 4: 13", "2 of 4: 13", "3 of 4: 13", "4 of 4: 13");
        assertThat(RECORDER.finished).containsExactly(result);
    }

    @Test
    void partsOfAStepAddUpToNoMoreThanTheStep() {
        for (StepMetrics step : RECORDER.steps) {
            assertThat(step.dataMs() + step.computeMs() + step.commMs()).isLessThanOrEqualTo(step.stepMs());
            assertThat(step.tokensPerSecond()).isCloseTo(step.tokens() / (step.stepMs() / 1e3), within(1e-6));
        }
    }

    /** Nearly, since the longest rows and those with most labels need not meet in one micro-batch. */
    @Test
    void theMemoryIsThatPredicted() {
        assertThat(RECORDER.memory).hasSize(2);
        MemoryMetrics before = RECORDER.memory.get(0);
        MemoryMetrics after = RECORDER.memory.get(1);
        assertThat(before.stageMemoryPredictedMb()).hasSize(1).isEqualTo(after.stageMemoryPredictedMb());
        double predicted = after.stageMemoryPredictedMb().get(0);
        assertThat(after.microBatchSize()).isEqualTo(4);
        assertThat(before.stageMemoryMb().get(0)).isLessThan(predicted / 2);
        assertThat(after.stageMemoryMb().get(0)).isBetween(0.8 * predicted, predicted);
    }

    @Test
    void everyEpochSeesAllTokensThatAreNotPadding() {
        long tokens;
        try (Tokenizer tokenizer = run.openTokenizer()) {
            tokens = run.splits().train().stream()
                    .mapToLong(
                            pair -> tokenizer.encode(pair.source()).length + tokenizer.encode(pair.target()).length + 2)
                    .sum();
        }
        for (int epoch = 1; epoch <= EPOCHS; epoch++) {
            int number = epoch;
            assertThat(RECORDER.steps.stream()
                            .filter(step -> step.epoch() == number)
                            .mapToLong(StepMetrics::tokens)
                            .sum())
                    .isEqualTo(tokens);
        }
    }

    @Test
    void theSavedModelTranslatesAndScoresAsTheTrainedOneDid() {
        List<Translation> translations = RECORDER.translations;
        assertThat(translations).hasSize(10);
        assertThat(translations.get(3).reference())
                .isEqualTo(run.splits().test().get(3).target());
        try (Generator generator = Generator.open(run.model(), "cpu", 1, Weights.FLOAT32)) {
            assertThat(generator.translate(
                            translations.stream().map(Translation::source).toList()))
                    .isEqualTo(
                            translations.stream().map(Translation::translation).toList());
        }
        ModelQuality quality = Evaluator.evaluate(run.model(), run.splits().test(), "cpu", 1);
        assertThat(quality.loss()).isCloseTo(result.testLoss(), within(1e-5));
        assertThat(quality.perplexity()).isCloseTo(Math.exp(result.testLoss()), within(1e-3));
        assertThat(quality.bleu()).isEqualTo(result.bleu());
        assertThat(quality.translations()).isEqualTo(translations);
        assertThat(run.model().resolve("generation_config.json"))
                .hasContent("{\"eos_token_id\":[1],\"pad_token_id\":0}");
    }

    @Test
    void sameSeedSameNumbers() throws IOException {
        TrainingRun again = TinyRun.prepare(folder.resolve("again"), 1, 3, ALONE);
        Trainer.train(again, TrainListener.NONE);
        assertThat(losses(lines(again)))
                .isEqualTo(
                        RECORDER.steps.stream().limit(3).map(StepMetrics::loss).toList());
        assertThat(lines(again)).hasSize(13);
    }

    @Test
    void aLossThatIsNoNumberEndsTheRunWithStepAndRank() {
        TrainingRun ending = TinyRun.prepare(folder.resolve("ending"), 1, 0, ALONE);
        try (Rendezvous alone = Rendezvous.setup(RankEnvironment.alone(), Duration.ofSeconds(5));
                Tokenizer tokenizer = ending.openTokenizer();
                Replica replica = Trainer.openReplica(ending, alone)) {
            int count =
                    Math.toIntExact(replica.stages().get(0).parameters().get(0).count());
            ByteBuffer values = ByteBuffer.allocateDirect(4 * count).order(ByteOrder.LITTLE_ENDIAN);
            values.asFloatBuffer().put(0, Float.NaN);
            replica.stages().get(0).write(0, 0, values);
            TrainingData data = TrainingData.read(ending, () -> tokenizer, 0);
            TrainLoop loop =
                    new TrainLoop(ending, data, replica, Progress.START, ChecksumRank.telling(TrainListener.NONE));
            assertThatThrownBy(loop::run)
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("step 1")
                    .hasMessageContaining("ranks [0]")
                    .satisfies(e -> assertThat(((CodedFailure) e).exitCode()).isEqualTo(ExitCode.NOT_FINITE));
        }
    }

    @Test
    void refusesARunOfAnotherWorldSize() {
        TrainingRun two = TinyRun.prepare(folder.resolve("two"), 1, 0, TinyRun.ranks(2, Reduction.OVERLAPPED));
        assertThatThrownBy(() -> Trainer.train(two, TrainListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rank 0 of 1")
                .hasMessageContaining("world size of 2");
    }

    static List<JsonNode> lines(TrainingRun run) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(run.metrics())) {
            lines.add(new JsonMapper().readTree(line));
        }
        return lines;
    }

    static List<Double> losses(List<JsonNode> lines) {
        return lines.stream()
                .filter(line -> line.get("kind").asText().equals("step"))
                .map(line -> line.get("loss").asDouble())
                .toList();
    }

    private static final class Recorder implements TrainListener {
        final List<String> starts = new ArrayList<>();
        final List<MemoryMetrics> memory = new ArrayList<>();
        final List<StepMetrics> steps = new ArrayList<>();
        final List<EpochMetrics> epochs = new ArrayList<>();
        final List<Translation> translations = new ArrayList<>();
        final List<ResultMetrics> finished = new ArrayList<>();

        @Override
        public void on(RunEvent event) {
            if (event instanceof MemoryMetrics metrics) {
                memory.add(metrics);
            } else if (event instanceof EpochStart start) {
                starts.add(start.epoch() + " of " + start.epochs() + ": " + start.steps());
            } else if (event instanceof StepMetrics metrics) {
                steps.add(metrics);
            } else if (event instanceof EpochMetrics metrics) {
                epochs.add(metrics);
            } else if (event instanceof Translations all) {
                translations.addAll(all.translations());
            } else if (event instanceof ResultMetrics metrics) {
                finished.add(metrics);
            }
        }
    }
}
