package dev.trireme.cli.output;

import dev.trireme.train.CheckpointMetrics;
import dev.trireme.train.EpochMetrics;
import dev.trireme.train.GradientMetrics;
import dev.trireme.train.MemoryMetrics;
import dev.trireme.train.RestartMetrics;
import dev.trireme.train.SkippedMetrics;
import dev.trireme.train.StageMetrics;
import dev.trireme.train.StepMetrics;
import java.io.PrintWriter;

/** Prints the metrics of a run as in {@code metrics.jsonl}. */
final class JsonProgress extends JsonResult {
    JsonProgress(PrintWriter out) {
        super(out);
    }

    @Override
    public void restarted(RestartMetrics metrics) {
        print("restart", metrics);
    }

    @Override
    public void gradients(GradientMetrics metrics) {
        print("gradients", metrics);
    }

    @Override
    public void skipped(SkippedMetrics metrics) {
        print("skipped", metrics);
    }

    @Override
    public void checkpoint(CheckpointMetrics metrics) {
        print("checkpoint", metrics);
    }

    @Override
    public void memory(MemoryMetrics metrics) {
        print("memory", metrics);
    }

    @Override
    public void step(StepMetrics metrics) {
        print("step", metrics);
    }

    @Override
    public void epoch(EpochMetrics metrics) {
        print("epoch", metrics);
    }

    @Override
    public void stages(StageMetrics metrics) {
        print("stages", metrics.report());
    }
}
