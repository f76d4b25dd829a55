package dev.trireme.train;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.TrainConfig;
import dev.trireme.config.Uninterrupted;
import dev.trireme.data.tokenizer.BpeModel;
import dev.trireme.data.tokenizer.BpeTrainer;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.StageCosts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What a run is made from: its folder is replaced once all of it is known to be possible. */
record Preparation(RunData data, RunConfig wish, int ranksOfHost) {
    private static final List<String> SPECIAL_TOKENS = List.of(TrainingRun.PADDING, TrainingRun.END);
    private static final int STATES = 3; // weights and two running means
    private static final int CHECKPOINTS_BESIDE = 2; // the best, and the one that is being written

    /** As {@link TrainingRun#prepare}. */
    @SuppressWarnings("try") // the lock is held, not used
    TrainingRun into(Path folder) {
        requirePossible(wish, ranksOfHost);
        RunFolder.make(folder);
        try (RunLock lock = RunLock.take(folder)) {
            return into(RunFolder.locked(folder));
        }
    }

    /** As {@link TrainingRun#requirePossible}. */
    static void requirePossible(RunConfig wish, int ranksOfHost) {
        ModelConfig shape = wish.model();
        ParallelConfig parallel = wish.training().parallel();
        if (!wish.base().exists()) {
            BpeTrainer.requireSize(shape.vocabulary(), SPECIAL_TOKENS.size());
        }
        Pipelines.config(parallel);
        // Whatever a balanced split will measure, it needs a part of the model for each stage.
        Cost any = new Cost(1, 1, 1);
        Pipelines.map(
                shape,
                parallel.pipeline(),
                () -> StageCosts.ofEqualLayers(shape.layers(), Cost.NONE, any, any, Cost.NONE));
        RunDevices.require(parallel, ranksOfHost);
    }

    private TrainingRun into(RunFolder folder) {
        try {
            Path written = folder.next();
            data.write(written);
            Optional<BpeModel> tokens = wish.base().exists()
                    ? Optional.empty()
                    : Optional.of(
                            BpeTrainer.train(data.texts(written), wish.model().vocabulary(), SPECIAL_TOKENS));
            ModelConfig model = tokens.map(
                            own -> wish.model().withVocabulary(own.vocabulary().size()))
                    .orElse(wish.model());
            RunConfig config = wish.with(model, RunDevices.balanced(model, wish.training()))
                    .pinned();
            Uninterrupted.run(() -> {
                TrainingRun next = new TrainingRun(written, config);
                write(next, tokens);
                try (RunTokenizer tokenizer = RunTokenizer.of(next)) {
                    TrainingData rows =
                            TrainingData.read(next, tokenizer, 0); // too little is found now, not by every rank
                    next.requireMemory(rows, ranksOfHost);
                    long steps = steps(config.training(), rows);
                    folder.requireSpace(savedValues(config), steps);
                    settle(next, steps);
                }
                folder.replace(
                        TrainingRun.FILES,
                        TrainingRun.result(!model.tuning().lora().adapts()));
            });
            return TrainingRun.open(folder.path());
        } catch (IOException e) {
            folder.undo(e);
            throw new CheckpointException(folder.path(), e);
        } catch (RuntimeException e) {
            folder.undo(e);
            throw e;
        }
    }

    private static void write(TrainingRun next, Optional<BpeModel> tokens) throws IOException {
        writeConfig(next, next.config());
        if (tokens.isPresent()) {
            tokens.get().save(next.tokenizerFile());
        } else {
            next.config().base().copyFiles(next.tokenizerFile(), next.folder().resolve(TrainingRun.BASE));
        }
    }

    private static void writeConfig(TrainingRun next, RunConfig config) throws IOException {
        Files.writeString(next.folder().resolve(TrainingRun.CONFIG), config.toJson());
    }

    private static long steps(TrainConfig training, TrainingData data) {
        long all = (long) training.epochs() * data.stepsOfEpoch();
        return training.maxSteps() == 0 ? all : Math.min(all, training.maxSteps());
    }

    /** How many float32 values the model and its checkpoints will take at most. */
    private static long savedValues(RunConfig config) {
        TrainConfig.Recovery recovery = config.training().recovery();
        long sets = recovery.writes() ? (long) STATES * (recovery.keep() + CHECKPOINTS_BESIDE) : 0;
        boolean updates = config.model().tuning().lora().adapts();
        List<ParameterInfo> saved = Stage.parametersOf(config.model()).stream()
                .filter(parameter -> parameter.isLowRank() == updates)
                .toList();
        return Math.multiplyExact(1 + sets, ParameterInfo.count(saved));
    }

    /** Writes what only the number of steps decides. */
    private static void settle(TrainingRun next, long steps) throws IOException {
        RunConfig config = next.config();
        TrainConfig training = config.training();
        writeConfig(
                next,
                config.with(
                        config.model(),
                        training.withLearningRate(training.learningRate().settled(steps))));
    }
}
