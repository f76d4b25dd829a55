package dev.trireme.train;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.SpecialTokens;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.generate.Generator;
import dev.trireme.generate.LanguageModel;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.Rendezvous;
import dev.trireme.launch.TaskJob;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Evaluation;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Replica;
import dev.trireme.parallel.ReplicaConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;

/**
 * Trains a prepared run, in this process or in one process per rank. All forms run the same code.
 *
 * <pre>
 *   start, launch ──processes──▶ TrainTask ──events──▶ the launch's listener
 *                                    │
 *   train (a world of one) ──────────┴▶ trainRank: TrainLoop, then on rank 0: model/, translations, result
 * </pre>
 */
public final class Trainer {
    private Trainer() {}

    /**
     * Starts a process for each rank, trains, and waits until all have ended.
     *
     * @param run to train
     * @param errors receives the ranks' logs, for example {@code System.err}
     * @return its result
     * @throws TrainingFailure when a rank fails, naming it; no process is left then
     * @throws CancellationException when this thread is interrupted, whose interrupt is then still set; the ranks were ended
     * @throws IllegalArgumentException when another process trains in the run's folder, naming it
     */
    public static ResultMetrics launch(TrainingRun run, OutputStream errors) {
        NullChecks.require("run", run, "errors", errors);
        return launch(run, TrainListener.NONE, errors);
    }

    /**
     * As {@link #launch(TrainingRun, OutputStream)}, with a listener for the events of rank 0.
     *
     * @param run to train
     * @param listener called on this thread; an exception of it ends the ranks and is rethrown
     * @param errors receives the ranks' logs
     * @return its result
     */
    @SuppressWarnings("try") // the lock is held, not used
    public static ResultMetrics launch(TrainingRun run, TrainListener listener, OutputStream errors) {
        NullChecks.require("run", run, "listener", listener, "errors", errors);
        ParallelConfig parallel = run.config().training().parallel();
        int ranks = parallel.worldSize();
        Duration timeout = Duration.ofSeconds(parallel.timeoutSeconds());
        TaskJob<TrainTask.Setting, ResultMetrics> job =
                new TaskJob<>(TrainTask.class, ResultMetrics.class, ranks, threads(parallel, ranks), timeout);
        try (RunLock lock = run.lock()) {
            return job.run(
                    new TrainTask.Setting(run.folder().toString()),
                    new EventReader(listener, errors),
                    errors,
                    TrainingFailure::new);
        }
    }

    /**
     * As {@link #launch(TrainingRun, TrainListener, OutputStream)}, without waiting.
     *
     * @param run to train
     * @param listener called on a thread of the run's own
     * @param errors receives the ranks' logs
     * @return the run, to wait for or to cancel
     */
    public static RunningTraining start(TrainingRun run, TrainListener listener, OutputStream errors) {
        NullChecks.require("run", run, "listener", listener, "errors", errors);
        return RunningTraining.start(run.folder().toString(), () -> launch(run, listener, errors));
    }

    /**
     * Trains in this process, as the only rank.
     *
     * @param run to train, with a world size of 1
     * @param listener for the progress
     * @return its result
     * @throws IllegalArgumentException when the world size is not 1, or when another process trains in the run's folder
     * @throws CancellationException when this thread is interrupted, whose interrupt is then still set: within a step, or
     *     when the model is saved if it was being saved
     */
    @SuppressWarnings("try") // the lock is held, not used
    public static ResultMetrics train(TrainingRun run, TrainListener listener) {
        NullChecks.require("run", run, "listener", listener);
        try (RunLock lock = run.lock();
                Rendezvous alone = Rendezvous.setup(RankEnvironment.alone(), Rendezvous.DEFAULT_TIMEOUT)) {
            trainRank(run, alone, listener);
        }
        return MetricsFile.readResult(run.metrics());
    }

    /**
     * Trains as one rank. Returns when this rank is done, on rank 0 after all files are written. A program that starts
     * ranks without {@link #launch} must hold {@link TrainingRun#lock} meanwhile.
     *
     * @param run to train, the same on every rank
     * @param rendezvous where the ranks met
     * @param listener for the progress, called on rank 0
     * @throws IllegalArgumentException when the world is not of the run's size, or ranks disagree
     * @throws dev.trireme.engine.EngineException when a device or another rank fails, or a loss is not finite
     * @throws dev.trireme.checkpoint.CheckpointException when the model or the numbers cannot be written
     */
    public static void trainRank(TrainingRun run, Rendezvous rendezvous, TrainListener listener) {
        NullChecks.require("run", run, "rendezvous", rendezvous, "listener", listener);
        RankEnvironment environment = rendezvous.environment();
        TrainConfig training = run.config().training();
        requireWorld(environment, training.parallel());
        NativeLibrary.setThreads(threads(training.parallel(), environment.localWorldSize()));
        try (Tokenizer tokenizer = run.openTokenizer();
                Replica replica = openReplica(run, rendezvous)) {
            TrainingData data = TrainingData.read(run, tokenizer, environment.rank());
            if (environment.rank() > 0) {
                new TrainLoop(training, data, replica, TrainListener.NONE).run();
                replica.evaluate(data.test());
                return;
            }
            try (MetricsFile metrics = MetricsFile.create(run.metrics(), listener)) {
                metrics.memory(memory(run, data, replica));
                double tokensPerSecond = new TrainLoop(training, data, replica, metrics).run();
                metrics.memory(memory(run, data, replica)); // generation will add packed weights and caches
                Evaluation test = replica.evaluate(data.test()); // the others' last collective: they may end
                HuggingFaceConfig model = TrainingRun.describe(run.config().model(), tokenizer);
                save(run, model, replica.stages());
                requireNoInterrupt(run);
                List<Translation> translations = translations(run, replica.stages(), model, tokenizer);
                metrics.translated(translations);
                metrics.finished(new ResultMetrics(tokensPerSecond, test.loss(), Translation.bleu(translations)));
            }
        }
    }

    private static List<Translation> translations(
            TrainingRun run, List<Stage> stages, HuggingFaceConfig config, Tokenizer tokenizer) {
        try (LanguageModel model = LanguageModel.borrow(stages, config);
                Generator generator = Generator.borrow(model, tokenizer)) {
            return Translation.of(run.splits().test(), generator);
        }
    }

    private static void requireNoInterrupt(TrainingRun run) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted after the last step; the model in " + run.model()
                    + " is whole, but the test pairs are not translated");
        }
    }

    private static int threads(ParallelConfig parallel, int ranksOfHost) {
        return parallel.threadsOf(Runtime.getRuntime().availableProcessors(), ranksOfHost);
    }

    private static void requireWorld(RankEnvironment environment, ParallelConfig parallel) {
        if (environment.worldSize() != parallel.worldSize()) {
            throw new IllegalArgumentException("this is rank " + environment.rank() + " of " + environment.worldSize()
                    + " but the run was prepared for a world size of " + parallel.worldSize()
                    + "; launch as many ranks as it says, or prepare it anew");
        }
    }

    static Replica openReplica(TrainingRun run, Rendezvous rendezvous) {
        ModelConfig model = run.config().model();
        TrainConfig training = run.config().training();
        ReplicaConfig config = new ReplicaConfig(
                training.optimizer(),
                training.seed(),
                Duration.ofSeconds(training.parallel().timeoutSeconds()),
                training.parallel().reduction(),
                Map.of("model", model.toString(), "training", training.toString(), "data", run.fingerprint()));
        Pipeline pipeline = Pipelines.open(
                model, training.parallel(), rendezvous.environment().localRank());
        try {
            pipeline.stages().forEach(stage -> stage.initialize(training.seed()));
        } catch (RuntimeException | Error e) {
            pipeline.close();
            throw e;
        }
        return Replica.open(pipeline, rendezvous, config);
    }

    private static MemoryMetrics memory(TrainingRun run, TrainingData data, Replica replica) {
        return MemoryMetrics.of(data.workload(), run.memory(data), replica.stages());
    }

    private static void save(TrainingRun run, HuggingFaceConfig model, List<Stage> stages) {
        HuggingFaceFolder.save(run.model(), model, new StageParameters(stages), folder -> {
            Files.copy(run.tokenizerFile(), folder.resolve("tokenizer.json"));
            writeGenerationConfig(folder.resolve("generation_config.json"), model);
        });
    }

    /** Writes the defaults of generation for {@code generate}, Trireme's and transformers'. */
    private static void writeGenerationConfig(Path file, HuggingFaceConfig model) throws IOException {
        SpecialTokens tokens = model.specialTokens();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode ends = json.putArray("eos_token_id");
        tokens.ends().forEach(ends::add);
        if (tokens.padding() != SpecialTokens.ABSENT) {
            json.put("pad_token_id", tokens.padding());
        }
        Files.writeString(file, Json.text(Json.WRITER, json) + "\n");
    }
}
