package dev.trireme.cli.output;

import dev.trireme.train.EpochMetrics;
import dev.trireme.train.MemoryMetrics;
import dev.trireme.train.StageMetrics;
import dev.trireme.train.StepMetrics;
import java.io.PrintWriter;

/** Prints the metrics of a run as in {@code metrics.jsonl}. */
final class JsonProgress extends JsonResult {
    JsonProgress(PrintWriter out) {
        super(out);
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
