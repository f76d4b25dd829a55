package dev.trireme.train;

import dev.trireme.train.RunEvent.EpochStart;
import dev.trireme.train.RunEvent.Kind;
import java.util.List;
import java.util.function.Consumer;

/** Writes the events of rank 0 as lines for an {@link EventReader} in the launching process. */
record EventWriter(Consumer<String> lines) implements TrainListener {
    @Override
    public void restarted(RestartMetrics metrics) {
        write(Kind.RESTARTED, metrics);
    }

    @Override
    public void gradients(GradientMetrics metrics) {
        write(Kind.GRADIENTS, metrics);
    }

    @Override
    public void skipped(SkippedMetrics metrics) {
        write(Kind.SKIPPED, metrics);
    }

    @Override
    public void checkpoint(CheckpointMetrics metrics) {
        write(Kind.CHECKPOINT, metrics);
    }

    @Override
    public void memory(MemoryMetrics metrics) {
        write(Kind.MEMORY, metrics);
    }

    @Override
    public void epochStarted(int epoch, int epochs, long steps) {
        write(Kind.EPOCH_STARTED, new EpochStart(epoch, epochs, steps));
    }

    @Override
    public void step(StepMetrics metrics) {
        write(Kind.STEP, metrics);
    }

    @Override
    public void epoch(EpochMetrics metrics) {
        write(Kind.EPOCH, metrics);
    }

    @Override
    public void stages(StageMetrics metrics) {
        write(Kind.STAGES, metrics);
    }

    @Override
    public void translated(List<Translation> translations) {
        write(Kind.TRANSLATED, translations);
    }

    @Override
    public void finished(ResultMetrics metrics) {
        write(Kind.FINISHED, metrics);
    }

    private void write(Kind kind, Object value) {
        lines.accept(RunEvent.of(kind, value).toLine());
    }
}
