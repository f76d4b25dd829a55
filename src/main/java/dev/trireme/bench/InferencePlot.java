package dev.trireme.bench;

import dev.trireme.bench.LinePlot.Line;
import dev.trireme.bench.LinePlot.Point;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A plot of tokens per second over prompt length: a line for each batch size and number of threads, dashed without a
 * cache.
 */
public final class InferencePlot {
    private InferencePlot() {}

    /**
     * Makes a plot of measurements of one shape and type.
     *
     * @param results at least one, the short prompts first
     * @return the plot
     */
    public static LinePlot of(List<InferenceResult> results) {
        Objects.requireNonNull(results, "results");
        Map<Series, List<Point>> points = new LinkedHashMap<>();
        for (InferenceResult result : results) {
            points.computeIfAbsent(Series.of(result), series -> new ArrayList<>())
                    .add(new Point(result.prompt(), result.tokensPerSecond()));
        }
        List<Layout> colours =
                points.keySet().stream().map(Series::layout).distinct().toList();
        List<Line> lines = points.entrySet().stream()
                .map(entry -> entry.getKey().line(colours, entry.getValue()))
                .toList();
        InferenceResult any = results.get(0);
        return new LinePlot(
                "Generation, shape " + any.shape() + ", " + any.dtype(), "tokens of a prompt", "tokens/s", lines);
    }

    private record Layout(int batch, int threads) {}

    private record Series(Layout layout, boolean cache) {
        static Series of(InferenceResult result) {
            return new Series(new Layout(result.batch(), result.threads()), result.cache());
        }

        Line line(List<Layout> colours, List<Point> points) {
            String name = "batch %d, %s%s"
                    .formatted(
                            layout.batch(),
                            layout.threads() == 1 ? "1 thread" : layout.threads() + " threads",
                            cache ? "" : ", no cache");
            return new Line(name, colours.indexOf(layout), !cache, points);
        }
    }
}
