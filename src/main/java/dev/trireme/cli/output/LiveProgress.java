package dev.trireme.cli.output;

import dev.trireme.train.EpochMetrics;
import dev.trireme.train.EpochStart;
import dev.trireme.train.StepMetrics;
import dev.trireme.train.TrainingRun;
import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** As {@link PlainProgress}, but the steps of an epoch share one line, which the epoch's own line replaces. */
final class LiveProgress extends PlainProgress {
    private static final int REFRESH_MILLIS = 200;

    private final int columns;
    private @Nullable ProgressBar bar;

    LiveProgress(TrainingRun run, PrintWriter out, int columns) {
        super(run, out);
        this.columns = columns;
    }

    @Override
    void epochStarted(EpochStart start) {
        super.epochStarted(start);
        bar = new ProgressBarBuilder()
                .setTaskName(name(start.epoch()))
                .setInitialMax(start.steps())
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .setUpdateIntervalMillis(REFRESH_MILLIS)
                .setConsumer(new DelegatingProgressBarConsumer(this::draw, columns - 1))
                .build();
    }

    @Override
    void show(StepMetrics metrics) {
        if (bar != null) {
            bar.setExtraMessage(String.format(Locale.ROOT, " loss %.4f, %,.0f tokens/s", metrics.loss(), speed()));
            bar.step();
        }
    }

    @Override
    void epoch(EpochMetrics metrics) {
        if (bar != null) {
            bar.close();
        }
        draw(" ".repeat(columns - 1));
        draw("");
        super.epoch(metrics);
    }

    private void draw(String line) {
        out().print("\r" + line);
        out().flush();
    }
}
