package dev.trireme.cli.output;

import dev.trireme.train.ResultMetrics;
import dev.trireme.train.RunEvent;
import dev.trireme.train.TrainListener;
import dev.trireme.train.TrainingRun;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints the result of a run. */
class ResultPrinter implements TrainListener {
    private final TrainingRun run;
    private final PrintWriter out;

    ResultPrinter(TrainingRun run, PrintWriter out) {
        this.run = run;
        this.out = out;
    }

    @Override
    public void on(RunEvent event) {
        if (event instanceof ResultMetrics result) {
            finished(result);
        }
    }

    void finished(ResultMetrics metrics) {
        print(
                "BLEU %.2f, test loss %.4f, %,.0f tokens/s",
                metrics.bleu(), metrics.testLoss(), metrics.tokensPerSecond());
        print("model: %s", run.model() + (metrics.best() ? ", the best, of step " + metrics.modelStep() : ""));
    }

    final TrainingRun run() {
        return run;
    }

    final PrintWriter out() {
        return out;
    }

    /** Prints a line with locale-independent numbers. */
    final void print(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
