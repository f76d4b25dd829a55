package dev.trireme.train;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.checkpoint.DataType;
import dev.trireme.checkpoint.ParameterStore;
import dev.trireme.checkpoint.StageStates;
import dev.trireme.checkpoint.StoreFile;
import dev.trireme.config.FileTree;
import dev.trireme.config.TrainConfig.Recovery;
import dev.trireme.config.Uninterrupted;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the checkpoints of a run, on rank 0.
 *
 * <pre>
 *   training thread    step │ copy │ step   step   step     the copy is in memory that is held from the start
 *   writing thread                 └▶ files ─▶ hashes ─▶ sync ─▶ rename ─▶ remove old ones     at a slow pace
 * </pre>
 *
 * <p>One checkpoint at a time. When a number of steps is over, the training thread waits for the one before, which hurries
 * then; when a time is over, it does not. The training thread alone calls the methods.
 */
final class CheckpointWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointWriter.class);
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MS = 1e6;

    private final TrainingRun run;
    private final ModelFolder model;
    private final List<Stage> stages;
    private final TrainListener listener;
    private final int threads;
    private final String fingerprint; // hashed once: data may be large
    private final Recovery recovery;
    private final Checkpoints checkpoints;
    private final Pace pace = new Pace();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread writing = new Thread(work, "checkpoints");
        writing.setDaemon(true);
        return writing;
    });
    private Optional<Future<CheckpointMetrics>> pending = Optional.empty();
    private long lastStep; // that one was begun after
    private long savedStep; // that the last whole one is of, 0 for none
    private long lastNanos = System.nanoTime();

    /** @param threads of each stage */
    CheckpointWriter(TrainingRun run, ModelFolder model, List<Stage> stages, TrainListener listener, int threads) {
        this.run = run;
        this.model = model;
        this.stages = stages;
        this.listener = listener;
        this.threads = threads;
        this.fingerprint = run.fingerprint();
        this.recovery = run.config().training().recovery();
        this.checkpoints = run.checkpoints();
        stages.forEach(stage -> stage.state().snapshot()); // its memory is there before the first step is timed
    }

    /** Where the run goes on from, which is on the disk already. */
    void startAt(long step) {
        lastStep = step;
        savedStep = step;
    }

    /** Between two steps: starts to write if it is time to. */
    void afterStep(Progress progress) {
        report(false);
        if (recovery.everySteps() > 0) {
            if (progress.step() - lastStep >= recovery.everySteps()) {
                begin(progress);
            }
        } else if (System.nanoTime() - lastNanos >= recovery.everySeconds() * NANOS_PER_SECOND && pending.isEmpty()) {
            start(progress);
        }
    }

    /** Starts to write now; if another one is still being written, after that. */
    void begin(Progress progress) {
        finish();
        // The best is written once more: it says now what the validation found.
        if (savedStep != progress.step() || progress.step() == 0 || progress.atBest()) {
            start(progress);
        }
    }

    /** Waits until what was begun is on the disk, or has failed. */
    void finish() {
        pace.hurry();
        report(true);
    }

    /** The step of the last checkpoint that is on the disk, 0 for none. */
    long savedStep() {
        return savedStep;
    }

    private void start(Progress progress) {
        long begin = System.nanoTime();
        stages.forEach(stage -> stage.state().snapshot());
        double copyMs = (System.nanoTime() - begin) / NANOS_PER_MS;
        Checkpoint checkpoint = new Checkpoint(
                Checkpoint.FORMAT,
                progress,
                stages.get(0).state().updates(),
                run.config(),
                fingerprint,
                NativeLibrary.arithmetic(),
                threads,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        lastStep = progress.step();
        lastNanos = System.nanoTime();
        pace.begin(); // before anybody can ask it to hurry
        pending = Optional.of(thread.submit(() -> {
            write(checkpoint);
            long bytes = checkpoints.bytes(progress.step());
            return new CheckpointMetrics(
                    progress.step(), (System.nanoTime() - begin) / NANOS_PER_SECOND, copyMs, bytes);
        }));
    }

    private void write(Checkpoint checkpoint) throws IOException {
        long step = checkpoint.progress().step();
        Files.createDirectories(checkpoints.folder());
        FileTree.sync(run.folder());
        model.save(checkpoints.at(step), new Paced(model.ofSnapshot(stages)), DataType.F32, next -> {
            StoreFile.write(next.resolve(Checkpoints.OPTIMIZER), new Paced(StageStates.moments(stages)));
            Files.writeString(next.resolve(Checkpoint.FILE), checkpoint.toJson());
            Checkpoints.writeHashes(next, pace::rest);
            if (Files.exists(run.metrics())) { // no line of an earlier step is to be missing if the power fails
                FileTree.sync(run.metrics());
            }
        });
        prune(checkpoint.progress().best().step());
    }

    /** An old one that stays does no harm but to the disk. */
    private void prune(long best) {
        try {
            checkpoints.prune(recovery.keep(), best);
        } catch (CheckpointException e) {
            LOG.warn("an old checkpoint was not removed: {}", e.getMessage());
        }
    }

    /** Tells of a checkpoint that is on the disk by now, or of why it is not. */
    private void report(boolean waits) {
        if (pending.isEmpty() || !(waits || pending.get().isDone())) {
            return;
        }
        Future<CheckpointMetrics> done = pending.get();
        pending = Optional.empty();
        try {
            CheckpointMetrics written = Uninterrupted.await(done::get);
            savedStep = written.step();
            listener.on(written);
        } catch (ExecutionException e) {
            RuntimeException failure = failure(Objects.requireNonNull(e.getCause()));
            if (recovery.endsOnError()) {
                throw failure;
            }
            LOG.warn("no checkpoint was written, the run goes on: {}", failure.getMessage());
        }
    }

    private RuntimeException failure(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        if (cause instanceof IOException || cause instanceof UncheckedIOException) {
            return new CheckpointException(checkpoints.folder(), (Exception) cause);
        }
        return cause instanceof RuntimeException failure ? failure : new IllegalStateException(cause);
    }

    /** Waits for what is being written; without a word, since the run may have failed. */
    @Override
    public void close() {
        pace.hurry();
        thread.shutdown();
        pending.ifPresent(writing -> {
            try {
                Uninterrupted.await(writing::get);
            } catch (ExecutionException e) {
                LOG.warn(
                        "no checkpoint was written: {}",
                        Objects.requireNonNull(e.getCause()).toString());
            }
        });
    }

    /** A store that rests after each tensor. */
    private final class Paced implements ParameterStore {
        private final ParameterStore store;

        Paced(ParameterStore store) {
            this.store = store;
        }

        @Override
        public List<ParameterInfo> parameters() {
            return store.parameters();
        }

        @Override
        public void write(int index, long first, ByteBuffer values) {
            store.write(index, first, values);
        }

        @Override
        public void read(int index, ByteBuffer values) {
            pace.rest(); // of what was written before
            store.read(index, values);
        }
    }
}
