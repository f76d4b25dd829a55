package dev.trireme.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.AtomicFile;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.schedule.ChromeTrace;
import dev.trireme.schedule.TimelineSvg;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metrics file of a run: one JSON object a line, whole at any time. {@code machine} is the first, {@code memory} comes before
 * the first step and after the last, {@code step} or {@code skipped} after each step, {@code checkpoint} when one is on the disk, {@code epoch}
 * after each epoch, with {@code quality} and {@code samples}, then {@code stages} and a few {@code translations}; {@code result} is the last line of a finished run.
 * A run that goes on adds a line {@code restart}, and each step is there once.
 */
final class MetricsFile implements TrainListener, AutoCloseable {
    static final String TIMELINE_SVG = "timeline.svg";
    static final String TIMELINE_JSON = "timeline.json";

    private static final Logger LOG = LoggerFactory.getLogger(MetricsFile.class);

    private final Path file;
    private final RecordFile lines;

    private MetricsFile(Path file, RecordFile lines) {
        this.file = file;
        this.lines = lines;
    }

    /** @param endsOnError whether a disk that is full ends the run */
    static MetricsFile create(Path file, boolean endsOnError) {
        return new MetricsFile(file, RecordFile.create(file, endsOnError));
    }

    /** Goes on with the file of an earlier part of the run, from which {@link MetricsHistory} has removed what is redone. */
    static MetricsFile append(Path file, boolean endsOnError) {
        return new MetricsFile(file, RecordFile.append(file, endsOnError));
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
    public void on(RunEvent event) {
        if (event instanceof StageMetrics stages) { // before the line that tells of them
            String title = "a step of " + file.toAbsolutePath().getParent();
            draw(TIMELINE_SVG, TimelineSvg.draw(title, stages.theory(), stages.measured()));
            draw(TIMELINE_JSON, ChromeTrace.write(title, stages.theory(), stages.measured()));
        }
        event.toJson().ifPresent(line -> lines.write((line + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
        lines.close();
    }

    /** A picture that cannot be written is no loss to a run. */
    private void draw(String name, String picture) {
        Path path = file.resolveSibling(name);
        try {
            AtomicFile.write(path, picture.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.warn("{}", new CheckpointException(path, e).getMessage());
        }
    }
}
