package dev.trireme.cli.output;

import dev.trireme.train.ResultMetrics;
import dev.trireme.train.TrainListener;
import java.io.PrintWriter;

/** Prints the result of a run as one JSON object. */
class JsonResult implements TrainListener {
    private final PrintWriter out;

    JsonResult(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void finished(ResultMetrics metrics) {
        print("result", metrics);
    }

    void print(String kind, Record metrics) {
        out.println(JsonLine.of(kind).putAll(metrics));
    }
}
