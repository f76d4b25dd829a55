package dev.trireme.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.machine.MachineFacts;
import dev.trireme.schedule.ChromeTrace;
import dev.trireme.schedule.TimelineSvg;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The metrics file of a run: one JSON object a line, flushed at once. {@code machine} is the first, {@code memory} comes before the first step and
 * after the last, {@code step} or {@code skipped} after each step, {@code checkpoint} when one is on the disk, {@code epoch}
 * after each epoch, then {@code stages} and a few {@code translations}; {@code result} is the last line of a finished run.
 * A run that goes on adds a line {@code restart}, and each step is there once.
 */
final class MetricsFile implements TrainListener, AutoCloseable {
    static final String TIMELINE_SVG = "timeline.svg";
    static final String TIMELINE_JSON = "timeline.json";

    private static final int SAMPLES = 20;

    private final Path file;
    private final BufferedWriter writer;
    private final TrainListener next;

    private MetricsFile(Path file, BufferedWriter writer, TrainListener next) {
        this.file = file;
        this.writer = writer;
        this.next = next;
    }

    /** Creates a new file; events are passed on to the next listener. */
    static MetricsFile create(Path file, TrainListener next) {
        try {
            return new MetricsFile(file, Files.newBufferedWriter(file), next).begun("started");
        } catch (IOException e) {
            throw new CheckpointException(file, e);
        }
    }

    /** Goes on with the file of an earlier part of the run, from which {@link MetricsHistory} has removed what is redone. */
    static MetricsFile append(Path file, TrainListener next) {
        try {
            BufferedWriter writer = Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            return new MetricsFile(file, writer, next).begun("resumed");
        } catch (IOException e) {
            throw new CheckpointException(file, e);
        }
    }

    /** A run's figures are those of a machine, and it may go on on another. */
    private MetricsFile begun(String how) {
        Map<String, String> facts = new LinkedHashMap<>();
        MachineFacts.here(how).forEach((name, fact) -> facts.put(name.replace(' ', '_'), fact));
        write("machine", facts);
        return this;
    }

    /** Reads the result from the last line. */
    static ResultMetrics readResult(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            JsonNode last = Json.SNAKE_CASE_READER.readTree(lines.isEmpty() ? "{}" : lines.get(lines.size() - 1));
            if (!last.path("kind").asText().equals("result")) {
                throw new BadInputException(
                        file + ":" + lines.size() + ": is not the result of a run; let the run end");
            }
            return Json.SNAKE_CASE_READER.treeToValue(((ObjectNode) last).without("kind"), ResultMetrics.class);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); name the metrics of a run", e);
        }
    }

    /** Whether a run that ended well wrote the file. */
    static boolean hasResult(Path file) {
        try {
            readResult(file);
            return true;
        } catch (BadInputException e) {
            return false;
        }
    }

    @Override
    public void restarted(RestartMetrics metrics) {
        write("restart", metrics);
        next.restarted(metrics);
    }

    @Override
    public void gradients(GradientMetrics metrics) {
        write("gradients", metrics);
        next.gradients(metrics);
    }

    @Override
    public void skipped(SkippedMetrics metrics) {
        write("skipped", metrics);
        next.skipped(metrics);
    }

    @Override
    public void checkpoint(CheckpointMetrics metrics) {
        write("checkpoint", metrics);
        next.checkpoint(metrics);
    }

    @Override
    public void memory(MemoryMetrics metrics) {
        write("memory", metrics);
        next.memory(metrics);
    }

    @Override
    public void epochStarted(int epoch, int epochs, long steps) {
        next.epochStarted(epoch, epochs, steps);
    }

    @Override
    public void step(StepMetrics metrics) {
        write("step", metrics);
        next.step(metrics);
    }

    @Override
    public void epoch(EpochMetrics metrics) {
        write("epoch", metrics);
        next.epoch(metrics);
    }

    @Override
    public void stages(StageMetrics metrics) {
        String title = "a step of " + file.toAbsolutePath().getParent();
        draw(TIMELINE_SVG, TimelineSvg.draw(title, metrics.theory(), metrics.measured()));
        draw(TIMELINE_JSON, ChromeTrace.write(title, metrics.theory(), metrics.measured()));
        write("stages", metrics.report()); // after the pictures that it tells of
        next.stages(metrics);
    }

    @Override
    public void translated(List<Translation> translations) {
        int samples = Math.min(SAMPLES, translations.size());
        write("translations", Map.of("translations", translations.subList(0, samples)));
        next.translated(translations);
    }

    @Override
    public void finished(ResultMetrics metrics) {
        write("result", metrics);
        next.finished(metrics);
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw new CheckpointException(file, e);
        }
    }

    private void draw(String name, String picture) {
        Path path = file.resolveSibling(name);
        try {
            Files.writeString(path, picture);
        } catch (IOException e) {
            throw new CheckpointException(path, e);
        }
    }

    private void write(String kind, Object metrics) {
        try {
            ObjectNode line = JsonNodeFactory.instance.objectNode().put("kind", kind);
            line.setAll((ObjectNode) Json.snakeCaseTree(metrics));
            writer.write(Json.text(Json.WRITER, line));
            writer.newLine();
            writer.flush();
        } catch (IOException e) {
            throw new CheckpointException(file, e);
        }
    }
}
