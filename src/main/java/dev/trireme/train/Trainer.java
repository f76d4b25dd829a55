package dev.trireme.train;

import dev.trireme.checkpoint.AdapterFolder;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.checkpoint.StageStates;
import dev.trireme.checkpoint.StoreFile;
import dev.trireme.config.ExitCode;
import dev.trireme.config.NullChecks;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.TrainConfig;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.launch.JobControl;
import dev.trireme.launch.JobResult;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankRequests;
import dev.trireme.launch.Rendezvous;
import dev.trireme.launch.TaskJob;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Replica;
import dev.trireme.parallel.ReplicaConfig;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
    private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);

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
    public static ResultMetrics launch(TrainingRun run, TrainListener listener, OutputStream errors) {
        return launch(run, listener, errors, new JobControl());
    }

    @SuppressWarnings("try") // the lock is held, not used
    private static ResultMetrics launch(
            TrainingRun run, TrainListener listener, OutputStream errors, JobControl control) {
        NullChecks.require("run", run, "listener", listener, "errors", errors);
        ParallelConfig parallel = run.config().training().parallel();
        int ranks = parallel.worldSize();
        Duration timeout = Duration.ofSeconds(parallel.timeoutSeconds());
        TaskJob<TrainTask.Setting, ResultMetrics> job =
                new TaskJob<>(TrainTask.class, ResultMetrics.class, ranks, threads(parallel, ranks), timeout);
        TrainTask.Setting setting = new TrainTask.Setting(run.folder().toString());
        EventReader events = new EventReader(listener, errors);
        List<ResultMetrics> result = new ArrayList<>();
        try (RunLock lock = run.lock()) {
            JobResult end = Restarts.run(
                    run,
                    () -> {
                        try {
                            result.add(job.run(setting, events, errors, TrainingFailure::new, control));
                            return new JobResult(ExitCode.OK, "");
                        } catch (TrainingFailure e) {
                            return new JobResult(e.exitCode(), String.valueOf(e.getMessage()));
                        }
                    },
                    control,
                    restart -> LOG.warn("{}", restart));
            requireWhole(run, end);
            return result.get(0);
        }
    }

    private static void requireWhole(TrainingRun run, JobResult end) {
        if (end.exitCode() == ExitCode.TERMINATED || end.exitCode() == ExitCode.INTERRUPTED) {
            throw new TrainingEnded(
                    end.exitCode(), "training in " + run.folder() + " ended as asked; Resumption.last goes on with it");
        }
        if (end.exitCode() != ExitCode.OK) {
            throw new TrainingFailure(end);
        }
    }

    /**
     * As {@link #launch(TrainingRun, TrainListener, OutputStream)}, without waiting.
     *
     * @param run to train
     * @param listener called on a thread of the run's own
     * @param errors receives the ranks' logs
     * @return the run, to wait for, to ask for a checkpoint, to end or to cancel
     */
    public static RunningTraining start(TrainingRun run, TrainListener listener, OutputStream errors) {
        NullChecks.require("run", run, "listener", listener, "errors", errors);
        JobControl control = new JobControl();
        return RunningTraining.start(
                run.folder().toString(),
                RunningTraining.Asked.of(control),
                () -> launch(run, listener, errors, control));
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
    public static ResultMetrics train(TrainingRun run, TrainListener listener) {
        NullChecks.require("run", run, "listener", listener);
        return train(run, listener, new RankRequests());
    }

    @SuppressWarnings("try") // the lock is held, not used
    private static ResultMetrics train(TrainingRun run, TrainListener listener, RankRequests requests) {
        try (RunLock lock = run.lock();
                Rendezvous alone = Rendezvous.setup(RankEnvironment.alone(), Rendezvous.DEFAULT_TIMEOUT)) {
            return trainRank(run, alone, listener, requests).orElseThrow();
        }
    }

    /**
     * As {@link #train}, without waiting: on a thread of this process.
     *
     * @param run to train, with a world size of 1
     * @param listener called on that thread
     * @return the run, to wait for, to ask for a checkpoint, to end or to cancel
     */
    public static RunningTraining startHere(TrainingRun run, TrainListener listener) {
        NullChecks.require("run", run, "listener", listener);
        RankRequests requests = new RankRequests();
        return RunningTraining.start(
                run.folder().toString(), RunningTraining.Asked.of(requests), () -> train(run, listener, requests));
    }

    /**
     * Trains as one rank. Returns when this rank is done, on rank 0 after all files are written. A program that starts
     * ranks without {@link #launch} must hold {@link TrainingRun#lock} meanwhile.
     *
     * @param run to train, the same on every rank
     * @param rendezvous where the ranks met
     * @param listener for the progress, called on rank 0
     * @return the result, on rank 0
     * @throws IllegalArgumentException when the world is not of the run's size, or ranks disagree
     * @throws dev.trireme.engine.EngineException when a device or another rank fails, or a loss is not finite
     * @throws dev.trireme.checkpoint.CheckpointException when the model or the numbers cannot be written
     */
    public static Optional<ResultMetrics> trainRank(TrainingRun run, Rendezvous rendezvous, TrainListener listener) {
        NullChecks.require("run", run, "rendezvous", rendezvous, "listener", listener);
        return trainRank(run, rendezvous, listener, RankRequests.ofThisProcess());
    }

    private static Optional<ResultMetrics> trainRank(
            TrainingRun run, Rendezvous rendezvous, TrainListener listener, RankRequests requests) {
        RankEnvironment environment = rendezvous.environment();
        ParallelConfig parallel = run.config().training().parallel();
        requireWorld(environment, parallel);
        NativeLibrary.setThreads(threads(parallel, environment.localWorldSize()));
        NativeLibrary.setPrecision(parallel.precision());
        boolean first = environment.rank() == 0;
        try (RunTokenizer tokenizer = first ? RunTokenizer.opening(run) : RunTokenizer.of(run);
                Replica replica = openReplica(run, rendezvous)) {
            TrainingData data = TrainingData.read(run, tokenizer, environment.rank());
            if (!first) {
                TrainLoop.Surroundings alone =
                        new TrainLoop.Surroundings(TrainListener.NONE, Optional.empty(), requests, Optional.empty());
                Progress end = new TrainLoop(run, data, replica, progress(run), alone).run();
                restoreBest(run, end, replica);
                replica.evaluate(data.test());
                return Optional.empty();
            }
            return Optional.of(FirstRank.train(new FirstRank.Work(run, data, replica, tokenizer), listener, requests));
        }
    }

    /** How far the run had come in the checkpoint that it goes on from. */
    static Progress progress(TrainingRun run) {
        return Start.read(run.folder())
                .filter(start -> start.step() > 0)
                .map(start ->
                        Checkpoint.read(run.checkpoints().at(start.step())).progress())
                .orElse(Progress.START);
    }

    /**
     * Takes the weights of the best epoch, if the run is to end with them. All ranks do so.
     *
     * @return whether it did
     */
    static boolean restoreBest(TrainingRun run, Progress end, Replica replica) {
        Progress.Best best = end.best();
        if (run.config().training().duration().patience() == 0 || best.epoch() == 0 || best.step() == end.step()) {
            return false;
        }
        replica.allHave(true); // rank 0 comes when the best is on the disk
        Path checkpoint = run.checkpoints().at(best.step());
        Optional<String> problem = Checkpoints.problem(checkpoint);
        if (!replica.allHave(problem.isEmpty())) {
            LOG.warn(
                    "the best weights, of step {}, cannot be read on every rank ({}); the model has the last ones",
                    best.step(),
                    problem.orElse("here they can"));
            return false;
        }
        loadTrained(run, checkpoint, replica.stages());
        return true;
    }

    /** What a checkpoint holds: the model, or updates of the one that the run started from. */
    private static void loadTrained(TrainingRun run, Path checkpoint, List<Stage> stages) {
        ModelConfig model = run.config().model();
        if (model.tuning().lora().adapts()) {
            try (AdapterFolder folder = AdapterFolder.open(checkpoint, model.withTuning(Tuning.ALL))) {
                folder.load(StageParameters.ofUpdates(stages));
            }
            return;
        }
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(checkpoint)) {
            folder.load(new StageParameters(stages));
        }
    }

    static int threads(ParallelConfig parallel, int ranksOfHost) {
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
        Optional<Start> start = Start.read(run.folder()).filter(checkpoint -> checkpoint.step() > 0);
        ReplicaConfig config = new ReplicaConfig(
                training.optimizer(),
                training.seed(),
                Duration.ofSeconds(training.parallel().timeoutSeconds()),
                training.parallel().reduction(),
                Map.of(
                        "model", model.toString(),
                        "training", training.toString(),
                        "data", run.fingerprint(),
                        "checkpoint", start.map(Start::step).orElse(0L).toString()));
        Pipeline pipeline = Pipelines.open(
                model, training.parallel(), rendezvous.environment().localRank());
        try {
            List<Stage> stages = pipeline.stages();
            boolean updates = model.tuning().lora().adapts();
            if (rendezvous.environment().rank() == 0) {
                run.config().base().requireSame();
            }
            if (run.config().base().exists() && (updates || start.isEmpty())) {
                run.config().base().load(new StageParameters(stages));
            } else if (start.isEmpty()) {
                stages.forEach(stage -> stage.initialize(training.seed()));
            }
            if (start.isPresent()) {
                load(run, run.checkpoints().at(start.get().step()), stages);
            } else if (updates) {
                stages.forEach(stage -> stage.initializeUpdates(training.seed()));
            }
        } catch (RuntimeException | Error e) {
            pipeline.close();
            throw e;
        }
        return Replica.open(pipeline, rendezvous, config);
    }

    private static void load(TrainingRun run, Path checkpoint, List<Stage> stages) {
        loadTrained(run, checkpoint, stages);
        StoreFile.read(checkpoint.resolve(Checkpoints.OPTIMIZER), StageStates.moments(stages));
        long updates = Checkpoint.read(checkpoint).updates();
        stages.forEach(stage -> stage.state().setUpdates(updates));
    }
}
