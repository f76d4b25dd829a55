package dev.trireme.train.page;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Json;
import dev.trireme.train.EpochMetrics;
import dev.trireme.train.EpochSamples;
import dev.trireme.train.MemoryMetrics;
import dev.trireme.train.ResultMetrics;
import dev.trireme.train.StepMetrics;
import dev.trireme.train.Translation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/** Writes a run's {@code metrics.jsonl} line by line, as a run does. */
record RunLines(Path folder) {
    void memory() {
        add("memory", new MemoryMetrics(8, 40, List.of(120.0, 90.0), List.of(100.0, 80.0)));
    }

    void step(long step, int epoch) {
        double loss = 9 / Math.sqrt((double) step);
        add(
                "step",
                new StepMetrics(step, epoch, loss, 1000, 4000.0 + step % 7, 250, 2, 230, 18, step % 5, 1e-3 / step));
    }

    void epoch(int epoch) {
        add("epoch", new EpochMetrics(epoch, 12.5, 4100, 2.5 / epoch, 2.75 / epoch));
        Translation sample = new Translation("Gute Nacht.", "Good night.", "Night " + epoch + ".");
        add("samples", new EpochSamples(epoch, List.of(sample)));
    }

    void end() {
        add(
                "stages",
                Map.of("devices", List.of(Map.of("busy", 160e6, "waiting", 5e6, "copying", 8e6, "all_reduce", 9e6))));
        add(
                "translations",
                Map.of("translations", List.of(new Translation("Guten Tag.", "Good day.", "Good morning."))));
        add("result", new ResultMetrics(4100, 1.25, 94.5, 2, false));
    }

    private void add(String kind, Object value) {
        ObjectNode line = JsonNodeFactory.instance.objectNode().put("kind", kind);
        line.setAll((ObjectNode) Json.snakeCaseTree(value));
        write(line + "\n");
    }

    void write(String text) {
        try {
            Files.writeString(
                    folder.resolve("metrics.jsonl"), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
