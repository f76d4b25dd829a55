package dev.trireme.train;

import dev.trireme.config.ExitCode;
import dev.trireme.config.OnNotFinite;
import dev.trireme.config.TrainConfig;
import dev.trireme.cost.StepReport;
import dev.trireme.data.Prefetcher;
import dev.trireme.data.StepBatch;
import dev.trireme.engine.EngineException;
import dev.trireme.launch.RankRequests;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.Replica;
import dev.trireme.parallel.StepResult;
import dev.trireme.schedule.Timeline;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** The epochs of a run on one rank. */
final class TrainLoop {
    private static final int BATCHES_AHEAD = 4;
    private static final int STEPS_REPORTED = 15; // of which the one in the middle is told
    private static final double NANOS_PER_MS = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;

    private final TrainingRun run;
    private final TrainConfig config;
    private final TrainingData data;
    private final Replica replica;
    private final TrainListener listener;
    private final Optional<CheckpointWriter> checkpoints;
    private final RankRequests requests;
    private final Optional<EpochSampler> samples;
    private final long totalSteps;
    private final Deque<MeasuredStep> lastSteps = new ArrayDeque<>();
    private Progress progress;

    /**
     * What rank 0 does besides.
     *
     * @param listener told of everything
     * @param checkpoints written on rank 0, if at all
     * @param requests of whoever started this process
     * @param samples asked after each epoch but the last, after which rank 0 asks more
     */
    record Surroundings(
            TrainListener listener,
            Optional<CheckpointWriter> checkpoints,
            RankRequests requests,
            Optional<EpochSampler> samples) {}

    /** @param start where it goes on from */
    TrainLoop(TrainingRun run, TrainingData data, Replica replica, Progress start, Surroundings surroundings) {
        this.run = run;
        this.config = run.config().training();
        this.data = data;
        this.replica = replica;
        this.listener = surroundings.listener();
        this.checkpoints = surroundings.checkpoints();
        this.requests = surroundings.requests();
        this.samples = surroundings.samples();
        this.progress = start;
        long steps = (long) config.epochs() * data.stepsOfEpoch();
        this.totalSteps = config.maxSteps() == 0 ? steps : Math.min(steps, config.maxSteps());
    }

    /** Trains. @return how far it came */
    Progress run() {
        try (Prefetcher<StepBatch> batches =
                new Prefetcher<>(data.steps(config.epochs(), progress.step()), BATCHES_AHEAD, "batches ahead")) {
            while (!isOver()) {
                runEpoch(progress.epochs() + 1, batches);
            }
        }
        lastSteps.stream()
                .sorted(Comparator.comparingLong(measured -> measured.report().stepNanos()))
                .skip((lastSteps.size() - 1) / 2)
                .findFirst()
                .map(measured ->
                        StageMetrics.of(replica.pipeline().config().schedule(), measured.report(), measured.timeline()))
                .ifPresent(listener::on);
        return progress;
    }

    private boolean isOver() {
        int patience = config.duration().patience();
        boolean patient = patience == 0 || progress.epochs() - progress.best().epoch() < patience;
        return !patient || (progress.step() >= totalSteps && endOf(progress.epochs()) >= totalSteps);
    }

    private long endOf(int epoch) {
        return Math.min((long) epoch * data.stepsOfEpoch(), totalSteps);
    }

    private void runEpoch(int epoch, Prefetcher<StepBatch> batches) {
        long end = endOf(epoch);
        listener.on(new EpochStart(epoch, config.epochs(), end - progress.step()));
        while (progress.step() < end) {
            requireNoInterrupt();
            heedRequests();
            runStep(epoch, batches);
            if (replica.isToEnd()) {
                end();
            }
            checkpoints.ifPresent(writer -> writer.afterStep(progress));
        }
        boolean whole = end == (long) epoch * data.stepsOfEpoch();
        if (!whole) { // a longer run goes on within this epoch
            checkpoints.ifPresent(writer -> writer.begin(progress));
        }
        Progress.Sums sums = progress.epoch();
        double seconds = sums.nanos() / NANOS_PER_SECOND;
        double validationLoss = replica.evaluate(data.validation()).loss();
        listener.on(
                new EpochMetrics(epoch, seconds, sums.tokens() / seconds, sums.loss() / sums.weight(), validationLoss));
        listener.on(QualityMetrics.of(
                "validation", epoch, validationLoss, data.part(1).labelsPerByte()));
        progress = progress.afterEpoch(validationLoss);
        if (whole && (progress.atBest() || isOver())) {
            checkpoints.ifPresent(writer -> writer.begin(progress));
        }
        if (!isOver()) {
            samples.flatMap(sampler -> sampler.after(epoch)).ifPresent(listener::on);
        }
    }

    private void heedRequests() {
        requests.end().ifPresent(signal -> replica.requestEnd());
        if (requests.takeCheckpoint()) {
            checkpoints.ifPresent(writer -> writer.begin(progress));
        }
    }

    private void runStep(int epoch, Prefetcher<StepBatch> batches) {
        long begin = System.nanoTime();
        long waitedBefore = batches.waitedNanos();
        long collectedBefore = garbageCollectionMillis();
        long number = progress.step() + 1;
        StepBatch batch = batches.next();
        double rate = config.learningRate().at(number, totalSteps);
        StepResult result;
        try {
            result = step(number, batch, rate);
        } catch (EngineException e) {
            skip(number, epoch, e);
            return;
        }
        long nanos = System.nanoTime() - begin;
        progress = progress.afterStep(
                new Progress.Sums(result.lossSum(), result.weightSum(), batch.globalTokens(), nanos), result.loss());
        listener.on(new StepMetrics(
                number,
                epoch,
                result.loss(),
                batch.globalTokens(),
                batch.globalTokens() / (nanos / NANOS_PER_SECOND),
                nanos / NANOS_PER_MS,
                (batches.waitedNanos() - waitedBefore) / NANOS_PER_MS,
                result.times().computeNanos() / NANOS_PER_MS,
                result.times().exposedCommunicationNanos() / NANOS_PER_MS,
                garbageCollectionMillis() - collectedBefore,
                rate));
        if (config.observation().gradientNorms()) {
            listener.on(GradientMetrics.of(number, result.gradientNorms()));
        }
    }

    private void skip(long number, int epoch, EngineException failure) {
        if (failure.kind() != EngineException.Kind.NOT_FINITE || config.update().onNotFinite() != OnNotFinite.SKIP) {
            throw failure;
        }
        progress = progress.afterStep(Progress.Sums.NONE, progress.loss());
        listener.on(new SkippedMetrics(number, epoch, String.valueOf(failure.getMessage())));
    }

    private void end() {
        checkpoints.ifPresent(writer -> {
            writer.begin(progress);
            writer.finish();
        });
        throw new TrainingEnded(
                requests.end().orElse(ExitCode.TERMINATED),
                "training ended after step " + progress.step() + " of " + totalSteps + ", as asked; "
                        + checkpoints.map(this::howToGoOn).orElse(withoutWriter()));
    }

    private String withoutWriter() {
        return config.recovery().writes()
                ? "rank 0 says how to go on"
                : "it wrote no checkpoint, since it was to write none";
    }

    private String howToGoOn(CheckpointWriter writer) {
        long saved = writer.savedStep();
        if (saved == 0) {
            return "its checkpoint could not be written";
        }
        String from = saved == progress.step() ? "" : " from its last checkpoint, of step " + saved;
        return "go on" + from + " with: " + RunCommands.resume(run);
    }

    private void requireNoInterrupt() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("training was interrupted after step " + progress.step() + " of "
                    + totalSteps + "; its model is not saved");
        }
    }

    private StepResult step(long number, StepBatch batch, double rate) {
        Pipeline pipeline = replica.pipeline();
        List<Long> copied = StepReport.copiedNanos(pipeline);
        long begin = System.nanoTime();
        StepResult result = replica.step(number, batch.microBatches(), batch.globalWeight(), rate);
        if (lastSteps.size() == STEPS_REPORTED) {
            lastSteps.removeFirst();
        }
        StepReport report = StepReport.of(pipeline, copied, System.nanoTime() - begin);
        lastSteps.add(new MeasuredStep(report, pipeline.timeline().orElseThrow()));
        return result;
    }

    private record MeasuredStep(StepReport report, Timeline timeline) {}

    private static long garbageCollectionMillis() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .sum();
    }
}
