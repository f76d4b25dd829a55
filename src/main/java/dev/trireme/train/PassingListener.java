package dev.trireme.train;

import java.util.List;

/** A listener that passes everything on, for those that look at some of it. */
class PassingListener implements TrainListener {
    private final TrainListener next;

    PassingListener(TrainListener next) {
        this.next = next;
    }

    @Override
    public void epochStarted(int epoch, int epochs, long steps) {
        next.epochStarted(epoch, epochs, steps);
    }

    @Override
    public void translated(List<Translation> translations) {
        next.translated(translations);
    }

    @Override
    public void restarted(RestartMetrics metrics) {
        next.restarted(metrics);
    }

    @Override
    public void memory(MemoryMetrics metrics) {
        next.memory(metrics);
    }

    @Override
    public void step(StepMetrics metrics) {
        next.step(metrics);
    }

    @Override
    public void gradients(GradientMetrics metrics) {
        next.gradients(metrics);
    }

    @Override
    public void skipped(SkippedMetrics metrics) {
        next.skipped(metrics);
    }

    @Override
    public void checkpoint(CheckpointMetrics metrics) {
        next.checkpoint(metrics);
    }

    @Override
    public void epoch(EpochMetrics metrics) {
        next.epoch(metrics);
    }

    @Override
    public void stages(StageMetrics metrics) {
        next.stages(metrics);
    }

    @Override
    public void finished(ResultMetrics metrics) {
        next.finished(metrics);
    }
}
