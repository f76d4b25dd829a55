package dev.trireme.train;

import dev.trireme.config.TrainConfig;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Stage;
import dev.trireme.generate.Generator;
import dev.trireme.generate.LanguageModel;
import dev.trireme.launch.RankRequests;
import dev.trireme.parallel.Evaluation;
import dev.trireme.parallel.Replica;
import dev.trireme.task.Task;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What rank 0 does besides training: metrics, checkpoints, the model, translations. */
final class FirstRank {
    private static final Logger LOG = LoggerFactory.getLogger(FirstRank.class);

    private static final int ANSWERS = 100; // to questions of the test part

    private FirstRank() {}

    /** What all ranks have. */
    record Work(TrainingRun run, TrainingData data, Replica replica, Supplier<Tokenizer> tokenizer) {}

    static ResultMetrics train(Work work, TrainListener listener, RankRequests requests) {
        TrainingRun run = work.run();
        Progress start = Trainer.progress(run);
        MetricsHistory history = MetricsHistory.of(run.metrics(), start);
        Optional<Start> goesOn = Start.read(run.folder());
        goesOn.ifPresent(from -> {
            run.checkpoints().removeAfter(from.step(), FirstRank::tellRemoved); // before the lines of their steps
            history.write(run.metrics());
        });
        boolean endsOnError = run.config().training().recovery().endsOnError();
        try (MetricsFile metrics = goesOn.isPresent()
                        ? MetricsFile.append(run.metrics(), endsOnError)
                        : MetricsFile.create(run.metrics(), endsOnError);
                TensorBoardFile events = TensorBoardFile.open(run)) {
            TrainListener all = metrics.andThen(events).andThen(listener);
            all.on(MachineMetrics.here(goesOn.isPresent() ? "resumed" : "started"));
            goesOn.ifPresent(from ->
                    all.on(new RestartMetrics(from.step(), from.cause(), history.lostSteps(), history.lostSeconds())));
            return train(work, start, history.sampled(), all, requests);
        }
    }

    private static void tellRemoved(Path checkpoint) {
        LOG.warn("{} is of a later step than the one that the run goes on from; it was removed", checkpoint);
    }

    private static ResultMetrics train(
            Work work, Progress start, Set<Integer> sampled, TrainListener listener, RankRequests requests) {
        TrainingRun run = work.run();
        Replica replica = work.replica();
        ModelFolder model = ModelFolder.of(run, work.tokenizer());
        EpochSampler samples = EpochSampler.of(work, model.config(), sampled);
        Progress end;
        boolean isBest;
        try (CheckpointHolder checkpoints = new CheckpointHolder(writer(work, model, start, listener))) {
            listener.on(memory(work));
            end = new TrainLoop(
                            run,
                            work.data(),
                            replica,
                            start,
                            new TrainLoop.Surroundings(listener, checkpoints.writer(), requests, Optional.of(samples)))
                    .run();
            checkpoints.writer().ifPresent(CheckpointWriter::finish);
            isBest = Trainer.restoreBest(run, end, replica);
        }
        listener.on(memory(work)); // generation will add packed weights and caches
        Evaluation test = replica.evaluate(work.data().test()); // the others' last collective: they may end
        model.save(run.model(), model.of(replica.stages()), run.config().savedAs(), folder -> {});
        requireNoInterrupt(run);
        samples.after(isBest ? end.best().epoch() : end.epochs()).ifPresent(listener::on);
        List<Translation> translations =
                translations(run, replica.stages(), model, work.tokenizer().get());
        listener.on(new Translations(translations));
        listener.on(QualityMetrics.of(
                        "test", end.epochs(), test.loss(), work.data().part(2).labelsPerByte())
                .with(translations.size(), Translation.exactMatch(translations)));
        ResultMetrics result = new ResultMetrics(
                end.all().tokens() / (end.all().nanos() / 1e9),
                test.loss(),
                Translation.bleu(translations),
                isBest ? end.best().step() : end.step(),
                isBest);
        listener.on(result);
        return result;
    }

    private static Optional<CheckpointWriter> writer(
            Work work, ModelFolder model, Progress start, TrainListener listener) {
        TrainConfig training = work.run().config().training();
        if (!training.recovery().writes()) {
            return Optional.empty();
        }
        int ranks = training.parallel().worldSize();
        CheckpointWriter writer = new CheckpointWriter(
                work.run(), model, work.replica().stages(), listener, Trainer.threads(training.parallel(), ranks));
        writer.startAt(start.step());
        return Optional.of(writer);
    }

    /** Closes a writer if there is one. */
    private record CheckpointHolder(Optional<CheckpointWriter> writer) implements AutoCloseable {
        @Override
        public void close() {
            writer.ifPresent(CheckpointWriter::close);
        }
    }

    private static MemoryMetrics memory(Work work) {
        return MemoryMetrics.of(
                work.data().workload(),
                work.run().memory(work.data(), 0),
                work.replica().stages());
    }

    private static List<Translation> translations(
            TrainingRun run, List<Stage> stages, ModelFolder folder, Tokenizer tokenizer) {
        try (LanguageModel model = LanguageModel.borrow(stages, folder.config());
                Generator generator = Generator.borrow(model, tokenizer)) {
            if (run.config().task().task() == Task.TRANSLATE) {
                return Translation.of(run.splits().test(), generator);
            }
            return Translation.ofQuestions(
                    run.documents().questions(run.part(2), tokenizer, ANSWERS), generator, Evaluator.MOST_TOKENS);
        }
    }

    private static void requireNoInterrupt(TrainingRun run) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted after the last step; the model in " + run.model()
                    + " is whole, but the test pairs are not translated");
        }
    }
}
