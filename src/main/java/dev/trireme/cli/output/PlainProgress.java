package dev.trireme.cli.output;

import dev.trireme.task.Task;
import dev.trireme.train.EpochMetrics;
import dev.trireme.train.EpochSamples;
import dev.trireme.train.EpochStart;
import dev.trireme.train.GradientMetrics;
import dev.trireme.train.MemoryMetrics;
import dev.trireme.train.QualityMetrics;
import dev.trireme.train.RestartMetrics;
import dev.trireme.train.ResultMetrics;
import dev.trireme.train.RunCommands;
import dev.trireme.train.RunEvent;
import dev.trireme.train.SkippedMetrics;
import dev.trireme.train.StageMetrics;
import dev.trireme.train.StepMetrics;
import dev.trireme.train.TrainingRun;
import dev.trireme.train.Translations;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Prints the progress of a run as lines: some steps of each epoch, each epoch, some translations, the result. */
class PlainProgress extends ResultPrinter {
    private static final long LINES_OF_AN_EPOCH = 10;

    private int epochs;
    private long steps;
    private long stepsDone; // of this epoch, like what follows
    private long tokens;
    private double millis;

    PlainProgress(TrainingRun run, PrintWriter out) {
        super(run, out);
    }

    @Override
    public void on(RunEvent event) {
        if (event instanceof RestartMetrics metrics) {
            restarted(metrics);
        } else if (event instanceof MemoryMetrics metrics) {
            memory(metrics);
        } else if (event instanceof EpochStart start) {
            epochStarted(start);
        } else if (event instanceof StepMetrics metrics) {
            step(metrics);
        } else if (event instanceof SkippedMetrics metrics) {
            skipped(metrics);
        } else if (event instanceof GradientMetrics metrics) {
            gradients(metrics);
        } else if (event instanceof EpochMetrics metrics) {
            epoch(metrics);
        } else if (event instanceof QualityMetrics metrics) {
            quality(metrics);
        } else if (event instanceof EpochSamples some) {
            print("%s  the model on validation data", name(some.epoch()));
            TranslationText.lines(some.samples(), isOfTask(Task.TRANSLATE)).forEach(out()::println);
        } else if (event instanceof StageMetrics metrics) {
            out().println(metrics.report().text());
        } else if (event instanceof Translations all) {
            TranslationText.lines(all.translations(), isOfTask(Task.TRANSLATE)).forEach(out()::println);
        }
        super.on(event);
    }

    private void restarted(RestartMetrics metrics) {
        String lost = metrics.lostSteps() == 0
                ? ""
                : String.format(
                        Locale.ROOT, "; %d steps of %.1f s are done again", metrics.lostSteps(), metrics.lostSeconds());
        print("resumed at step %d (%s)%s", metrics.step(), metrics.cause(), lost);
    }

    private void skipped(SkippedMetrics metrics) {
        print("%s  step %d skipped: %s", name(metrics.epoch()), metrics.step(), metrics.cause());
    }

    private void gradients(GradientMetrics metrics) {
        String norms = IntStream.range(0, metrics.parts().size())
                .mapToObj(part -> String.format(
                        Locale.ROOT,
                        "%s %.3g",
                        metrics.parts().get(part),
                        metrics.norms().get(part)))
                .collect(Collectors.joining(", "));
        print("gradients of step %d: %s", metrics.step(), norms);
    }

    private void memory(MemoryMetrics metrics) {
        String stages = IntStream.range(0, metrics.stageMemoryMb().size())
                .mapToObj(stage -> String.format(
                        Locale.ROOT,
                        "stage %d %,.1f MB predicted, %,.1f MB held",
                        stage,
                        metrics.stageMemoryPredictedMb().get(stage),
                        metrics.stageMemoryMb().get(stage)))
                .collect(Collectors.joining("; "));
        print(
                "memory with micro-batches of up to %d × %d tokens: %s",
                metrics.microBatchSize(), metrics.length(), stages);
    }

    void epochStarted(EpochStart start) {
        epochs = start.epochs();
        steps = start.steps();
        stepsDone = 0;
        tokens = 0;
        millis = 0;
    }

    private void step(StepMetrics metrics) {
        stepsDone++;
        tokens += metrics.tokens();
        millis += metrics.stepMs();
        show(metrics);
    }

    void show(StepMetrics metrics) {
        long every = Math.max(1, steps / LINES_OF_AN_EPOCH);
        if (stepsDone % every == 0) {
            print(
                    "%s  step %d/%d  loss %.4f  %,.0f tokens/s",
                    name(metrics.epoch()), stepsDone, steps, metrics.loss(), speed());
        }
    }

    void epoch(EpochMetrics metrics) {
        print(
                "%s  %.1f s  %,.0f tokens/s  train loss %.4f  validation loss %.4f",
                name(metrics.epoch()),
                metrics.seconds(),
                metrics.tokensPerSecond(),
                metrics.trainLoss(),
                metrics.validationLoss());
    }

    private void quality(QualityMetrics metrics) {
        if (metrics.part().equals("validation") && !isOfTask(Task.TRANSLATE)) {
            print("%s  validation%s", name(metrics.epoch()), text(metrics).replaceFirst(",", ":"));
        }
    }

    @Override
    void finished(ResultMetrics metrics) {
        super.finished(metrics);
        print("try it: %s", RunCommands.generate(run()));
    }

    final String name(int epoch) {
        return "epoch " + epoch + "/" + epochs;
    }

    final long steps() {
        return steps;
    }

    /** Tokens per second since the epoch began. */
    final double speed() {
        return tokens / millis * 1e3;
    }
}
