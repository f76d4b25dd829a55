package dev.trireme.train;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.AtomicFile;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.Splits;
import dev.trireme.engine.NativeLibrary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A run that was ended, and the checkpoint that it goes on from.
 *
 * <pre>
 *   of ──▶ hashes, data and tokenizer are checked ──▶ with: settings are compared ──▶ a run to launch
 * </pre>
 *
 * @param before the run as it was
 * @param step of the checkpoint
 * @param remarks on what was found: damaged checkpoints
 */
public record Resumption(TrainingRun before, long step, List<String> remarks) {
    /** Copies the list. */
    public Resumption {
        NullChecks.require("before", before, "remarks", remarks);
        remarks = List.copyOf(remarks);
    }

    /**
     * Looks for the latest whole checkpoint of a run.
     *
     * @param folder of the run
     * @return the run and the checkpoint
     * @throws BadInputException when there is none, or when it is of other data or another tokenizer than the folder's
     */
    public static Resumption last(Path folder) {
        Objects.requireNonNull(folder, "folder");
        TrainingRun run = TrainingRun.open(folder);
        recover(folder);
        List<String> damaged = new ArrayList<>();
        Optional<Long> step = run.checkpoints().latest(damaged::add);
        if (step.isEmpty()) {
            String found =
                    damaged.isEmpty() ? "has no checkpoint" : "has no whole checkpoint: " + String.join("; ", damaged);
            throw new BadInputException(
                    folder + ": " + found + "; begin the run anew, without --resume, or name another folder");
        }
        List<String> remarks = damaged.stream()
                .map(each -> each + "; the checkpoint before it is taken")
                .toList();
        return new Resumption(run, step.get(), remarks).checked();
    }

    /**
     * Takes a checkpoint of a run.
     *
     * @param checkpoint its folder, within its run's
     * @return the run and the checkpoint
     * @throws BadInputException when it is no whole checkpoint, or is of other data or another tokenizer than its run's
     */
    public static Resumption of(Path checkpoint) {
        Objects.requireNonNull(checkpoint, "checkpoint");
        Path whole = checkpoint.toAbsolutePath().normalize();
        Optional<Path> run = Optional.ofNullable(whole.getParent())
                .map(Path::getParent)
                .filter(folder -> Files.exists(folder.resolve(TrainingRun.CONFIG)));
        run.ifPresent(Resumption::recover);
        if (!Files.isRegularFile(whole.resolve(Checkpoint.FILE))) {
            throw new BadInputException(checkpoint + ": is no checkpoint: it has no " + Checkpoint.FILE
                    + "; name a folder step-N, or last");
        }
        Checkpoints.problem(whole).ifPresent(problem -> {
            throw new BadInputException(problem + "; name an earlier checkpoint, or last");
        });
        Path folder = run.filter(parent -> Checkpoints.of(parent).folder().equals(whole.getParent()))
                .orElseThrow(() -> new BadInputException(checkpoint
                        + ": is not in the folder of its run, whose data it needs; put it back to RUN/checkpoints"));
        long step = Checkpoint.read(whole).progress().step();
        return new Resumption(TrainingRun.open(folder), step, List.of()).checked();
    }

    /** Completes what a kill left half renamed. */
    @SuppressWarnings("try") // the lock is held, not used
    private static void recover(Path run) {
        try (RunLock lock = RunLock.take(run)) {
            RunFolder.recover(run);
        }
    }

    /**
     * Checkpoints that are lost when the run goes on.
     *
     * @return their steps, which are later than the one that it goes on from
     */
    public List<Long> later() {
        return before.checkpoints().steps().stream().filter(each -> each > step).toList();
    }

    private Resumption checked() {
        Path folder = before.checkpoints().at(step);
        Checkpoint checkpoint = Checkpoint.read(folder);
        before.config().base().requireSame();
        if (!checkpoint.data().equals(before.fingerprint())) {
            throw new BadInputException(folder + ": is of other data or of another tokenizer than those in "
                    + before.folder() + "; put back the data/ and tokenizer.json that it was trained with");
        }
        if (!checkpoint.config().model().equals(before.config().model())) {
            throw new BadInputException(folder + ": is of another model than that of "
                    + before.folder().resolve(TrainingRun.CONFIG) + "; put back the file");
        }
        return this;
    }

    /**
     * Prepares the run to go on. What it had done after the checkpoint is dropped when it does.
     *
     * @param wish its settings from now on
     * @param ranksOfHost how many ranks must fit into the free memory of this host
     * @return the run, to be launched or trained
     * @throws IllegalArgumentException when a setting changes the bits of the result, naming it and both values, or when
     *     another process trains in the folder
     * @throws CheckpointException when the folder cannot be written
     */
    @SuppressWarnings("try") // the lock is held, not used
    public TrainingRun with(RunConfig wish, int ranksOfHost) {
        TrainingRun.requirePossible(wish, ranksOfHost);
        changes(wish);
        TrainingRun run = new TrainingRun(
                before.folder(), wish.with(wish.model(), RunDevices.balanced(wish.model(), wish.training())));
        run.requireMemory(ranksOfHost);
        try (RunLock lock = RunLock.take(before.folder())) {
            before.checkpoints().removeAfter(step, removed -> {}); // or they would be taken for those of this run
            AtomicFile.write(
                    before.folder().resolve(TrainingRun.CONFIG),
                    run.config().toJson().getBytes(StandardCharsets.UTF_8));
            new Start(step, "resumed").write(before.folder());
        } catch (IOException e) {
            throw new CheckpointException(before.folder(), e);
        }
        return run;
    }

    /**
     * As {@link #with(RunConfig, int)}, with the settings that it had, on this host.
     *
     * @return the run, to be launched or trained
     */
    public TrainingRun unchanged() {
        return with(before.config(), before.config().training().parallel().worldSize());
    }

    /**
     * What differs from the checkpoint without being refused: settings that change no bit, and other processors.
     *
     * @param wish settings to go on with
     * @return a line for each
     * @throws IllegalArgumentException when a setting changes the bits of the result
     */
    public List<String> changes(RunConfig wish) {
        Objects.requireNonNull(wish, "wish");
        Checkpoint checkpoint = Checkpoint.read(before.checkpoints().at(step));
        List<String> changes = new ArrayList<>(SettingChanges.require(checkpoint.config(), wish));
        requireNotOver(checkpoint.progress(), wish.training());
        String here = NativeLibrary.arithmetic();
        if (!here.equals(checkpoint.arithmetic())) {
            changes.add(
                    "this processor computes with " + here + ", the checkpoint's did with " + checkpoint.arithmetic()
                            + ": the last bits may differ from those of a run that was never stopped");
        }
        return changes;
    }

    private static void requireNotOver(Progress progress, TrainConfig wish) {
        Requirements.that(
                wish.maxSteps() == 0 || wish.maxSteps() >= progress.step(),
                "maxSteps",
                wish.maxSteps(),
                progress.step() + " or more, since the checkpoint is of that step, or an earlier checkpoint");
        Requirements.that(
                wish.epochs() >= progress.epochs(),
                "epochs",
                wish.epochs(),
                progress.epochs() + " or more, since the checkpoint is of then, or an earlier checkpoint");
    }

    /**
     * Refuses a corpus that is not the run's.
     *
     * @param splits of that corpus
     * @throws BadInputException when they are others
     */
    public void requireSame(Splits splits) {
        Objects.requireNonNull(splits, "splits");
        if (!splits.equals(before.splits())) {
            throw new BadInputException(before.folder().resolve("data") + ": holds other pairs than --data gives; leave"
                    + " out --data, which a resumed run does not need, or begin another run");
        }
    }
}
