package dev.trireme.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.AtomicFile;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The lines of a metrics file that stay when a run goes on from a checkpoint: what was done after it is done again, and
 * written again.
 *
 * @param lines that stay
 * @param lostSteps how many steps are done again
 * @param lostSeconds that they took
 */
record MetricsHistory(List<String> lines, long lostSteps, double lostSeconds) {
    private static final Set<String> OF_STEPS = Set.of("step", "skipped", "gradients", "checkpoint");
    private static final Set<String> OF_RUN = Set.of("machine", "memory", "restart");
    private static final double MS_PER_SECOND = 1e3;

    /** Reads a file as a run left it, which may have been killed while it wrote a line. */
    static MetricsHistory of(Path file, Progress progress) {
        List<String> kept = new ArrayList<>();
        long lostSteps = 0;
        double lostMs = 0;
        for (String line : read(file)) {
            Optional<JsonNode> event = parse(line);
            if (event.filter(node -> stays(node, progress)).isPresent()) {
                kept.add(line);
            } else if (event.filter(node -> isStep(node)).isPresent()) {
                lostSteps++;
                lostMs += event.get().path("step_ms").asDouble();
            }
        }
        return new MetricsHistory(kept, lostSteps, lostMs / MS_PER_SECOND);
    }

    /** Epochs after which samples were told. */
    Set<Integer> sampled() {
        return lines.stream()
                .flatMap(line -> parse(line).stream())
                .filter(event -> event.path("kind").asText().equals("samples"))
                .map(event -> event.path("epoch").asInt())
                .collect(Collectors.toSet());
    }

    /** The last step that a run told of, 0 before the first. */
    static long lastStep(Path file) {
        return read(file).stream()
                .flatMap(line -> parse(line).stream())
                .filter(MetricsHistory::isStep)
                .mapToLong(node -> node.path("step").asLong())
                .max()
                .orElse(0);
    }

    void write(Path file) {
        try {
            StringBuilder text = new StringBuilder();
            lines.forEach(line -> text.append(line).append('\n'));
            AtomicFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new CheckpointException(file, e);
        }
    }

    private static List<String> read(Path file) {
        try {
            return Files.exists(file)
                    ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                            .lines()
                            .toList()
                    : List.of();
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); remove it to go on without it", e);
        }
    }

    private static Optional<JsonNode> parse(String line) {
        try {
            return Optional.of(Json.READER.readTree(line)).filter(JsonNode::isObject);
        } catch (JsonProcessingException e) {
            return Optional.empty(); // the run was killed while it wrote it
        }
    }

    private static boolean isStep(JsonNode event) {
        String kind = event.path("kind").asText();
        return kind.equals("step") || kind.equals("skipped");
    }

    private static boolean stays(JsonNode event, Progress progress) {
        String kind = event.path("kind").asText();
        if (OF_STEPS.contains(kind)) {
            return event.path("step").asLong() <= progress.step();
        }
        boolean ofValidation =
                kind.equals("quality") && event.path("part").asText().equals("validation");
        return (kind.equals("epoch") || kind.equals("samples") || ofValidation)
                ? event.path("epoch").asInt() <= progress.epochs()
                : OF_RUN.contains(kind);
    }
}
