package dev.trireme.cli.output;

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
    /** All metrics as JSON. */
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
            case JSON -> new JsonProgress(out);
            case JSON_RESULT -> new JsonResult(out);
            case NONE -> TrainListener.NONE;
        };
    }
}
