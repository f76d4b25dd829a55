package dev.trireme.train.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.train.EpochMetrics;
import dev.trireme.train.EpochSamples;
import dev.trireme.train.MemoryMetrics;
import dev.trireme.train.ResultMetrics;
import dev.trireme.train.StepMetrics;
import dev.trireme.train.Translation;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a run's {@code metrics.jsonl} says so far. Not for several threads. */
final class RunMetrics {
    private final Path file;
    private String key = ""; // of the file that was read; a run that goes on replaces it
    private long read; // bytes of whole lines
    private final List<StepMetrics> steps = new ArrayList<>();
    private final List<EpochMetrics> epochs = new ArrayList<>();
    private final List<Translation> translations = new ArrayList<>();
    private final List<EpochSamples> samples = new ArrayList<>();
    private int skipped;
    private int restarts;
    private final Map<String, String> machine = new LinkedHashMap<>();
    private Optional<MemoryMetrics> memory = Optional.empty();
    private Optional<JsonNode> stages = Optional.empty();
    private Optional<ResultMetrics> result = Optional.empty();

    RunMetrics(Path file) {
        this.file = file;
    }

    /** Reads the lines that came since. A shorter file, or another, is that of a run that begins or goes on. */
    void readOn() {
        if (!Files.exists(file)) {
            return;
        }
        try (RandomAccessFile input = new RandomAccessFile(file.toFile(), "r")) {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            String now = attributes.fileKey() + " " + attributes.creationTime(); // keys are used again
            if (input.length() < read || !now.equals(key)) {
                forget();
                key = now;
            }
            input.seek(read);
            byte[] more = new byte[(int) Math.min(Integer.MAX_VALUE - 8, input.length() - read)];
            input.readFully(more);
            String text = new String(more, StandardCharsets.UTF_8);
            String whole = text.substring(0, text.lastIndexOf('\n') + 1); // the last line may be half written
            read += whole.getBytes(StandardCharsets.UTF_8).length;
            for (String line : whole.lines().toList()) {
                take((ObjectNode) Json.SNAKE_CASE_READER.readTree(line));
            }
        } catch (IOException | ClassCastException e) {
            throw new BadInputException(file + ": is not the metrics of a run (" + e + "); move the file away", e);
        }
    }

    private void forget() {
        read = 0;
        steps.clear();
        epochs.clear();
        translations.clear();
        samples.clear();
        skipped = 0;
        restarts = 0;
        machine.clear();
        memory = Optional.empty();
        stages = Optional.empty();
        result = Optional.empty();
    }

    private void take(ObjectNode line) throws JsonProcessingException {
        String kind = line.path("kind").asText();
        JsonNode rest = line.without("kind");
        switch (kind) {
            case "step" -> steps.add(to(rest, StepMetrics.class));
            case "machine" ->
                rest.properties()
                        .forEach(fact -> machine.put(
                                fact.getKey().replace('_', ' '),
                                fact.getValue().asText())); // the last, and when it began
            case "epoch" -> epochs.add(to(rest, EpochMetrics.class));
            case "memory" -> memory = Optional.of(to(rest, MemoryMetrics.class));
            case "stages" -> stages = Optional.of(rest);
            case "result" -> result = Optional.of(to(rest, ResultMetrics.class));
            case "translations" -> {
                for (JsonNode each : rest.path("translations")) {
                    translations.add(to(each, Translation.class));
                }
            }
            case "samples" -> samples.add(to(rest, EpochSamples.class));
            case "skipped" -> skipped++;
            case "restart" -> restarts++;
            default -> {} // not shown, or of a later version
        }
    }

    private static <T> T to(JsonNode node, Class<T> type) throws JsonProcessingException {
        return Json.SNAKE_CASE_READER.treeToValue(node, type);
    }

    /** Where it ran last, by names; empty for a run of an earlier version. */
    Map<String, String> machine() {
        return machine;
    }

    List<StepMetrics> steps() {
        return steps;
    }

    List<EpochMetrics> epochs() {
        return epochs;
    }

    /** Steps that were left out since their numbers were not finite. */
    int skipped() {
        return skipped;
    }

    /** How often the run went on after it had ended early. */
    int restarts() {
        return restarts;
    }

    List<Translation> translations() {
        return translations;
    }

    List<EpochSamples> samples() {
        return samples;
    }

    Optional<MemoryMetrics> memory() {
        return memory;
    }

    Optional<JsonNode> stages() {
        return stages;
    }

    Optional<ResultMetrics> result() {
        return result;
    }
}
