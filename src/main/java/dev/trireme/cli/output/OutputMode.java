package dev.trireme.cli.output;

import dev.trireme.train.ResultMetrics;
import dev.trireme.train.TrainListener;
import dev.trireme.train.TrainingRun;
import java.io.PrintWriter;

/** The output of a run. */
public enum OutputMode {
    /** A live line, for a terminal. */
    LIVE,
    /** Lines, for a file or a pipe. */
    PLAIN,
    /** The result alone. */
    RESULT,
    /** What {@code metrics.jsonl} gets. */
    JSON,
    /** The result alone as JSON. */
    JSON_RESULT,
    /** No output, for ranks other than 0. */
    NONE;

    public boolean isForPeople() {
        return this == LIVE || this == PLAIN;
    }

    public TrainListener listener(TrainingRun run, PrintWriter out, int columns) {
        return switch (this) {
            case LIVE -> new LiveProgress(run, out, columns);
            case PLAIN -> new PlainProgress(run, out);
            case RESULT -> new ResultPrinter(run, out);
            case JSON -> event -> event.toJson().ifPresent(out::println);
            case JSON_RESULT ->
                event -> {
                    if (event instanceof ResultMetrics result) {
                        result.toJson().ifPresent(out::println);
                    }
                };
            case NONE -> TrainListener.NONE;
        };
    }
}
