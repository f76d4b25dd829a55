package dev.trireme.cli.output;

import dev.trireme.task.Task;
import dev.trireme.train.QualityMetrics;
import dev.trireme.train.ResultMetrics;
import dev.trireme.train.RunEvent;
import dev.trireme.train.TrainListener;
import dev.trireme.train.TrainingRun;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;

/** Prints the result of a run. */
class ResultPrinter implements TrainListener {
    private final TrainingRun run;
    private final PrintWriter out;
    private Optional<QualityMetrics> quality = Optional.empty();

    ResultPrinter(TrainingRun run, PrintWriter out) {
        this.run = run;
        this.out = out;
    }

    @Override
    public void on(RunEvent event) {
        if (event instanceof QualityMetrics metrics) {
            quality = Optional.of(metrics);
        } else if (event instanceof ResultMetrics result) {
            finished(result);
        }
    }

    void finished(ResultMetrics metrics) {
        print(
                "%stest loss %.4f%s, %,.0f tokens/s",
                isOfTask(Task.TEXT) ? "" : String.format(Locale.ROOT, "BLEU %.2f, ", metrics.bleu()),
                metrics.testLoss(),
                isOfTask(Task.TRANSLATE) ? "" : quality.map(ResultPrinter::text).orElse(""),
                metrics.tokensPerSecond());
        print("model: %s", run.model() + (metrics.best() ? ", the best, of step " + metrics.modelStep() : ""));
    }

    static String text(QualityMetrics quality) {
        String numbers = String.format(
                Locale.ROOT, ", perplexity %.3f, %.3f bits per byte", quality.perplexity(), quality.bitsPerByte());
        return quality.answers() == 0
                ? numbers
                : numbers
                        + String.format(
                                Locale.ROOT,
                                ", %.1f %% of %d answers exact",
                                100 * quality.exactMatch(),
                                quality.answers());
    }

    final boolean isOfTask(Task task) {
        return run.config().task().task() == task;
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
