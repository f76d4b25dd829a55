package dev.trireme.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Json;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The types of events, by their names in {@code metrics.jsonl} and between processes. */
enum EventKind {
    MACHINE(MachineMetrics.class),
    RESTART(RestartMetrics.class),
    MEMORY(MemoryMetrics.class),
    EPOCH_START(EpochStart.class),
    STEP(StepMetrics.class),
    SKIPPED(SkippedMetrics.class),
    GRADIENTS(GradientMetrics.class),
    CHECKPOINT(CheckpointMetrics.class),
    EPOCH(EpochMetrics.class),
    QUALITY(QualityMetrics.class),
    SAMPLES(EpochSamples.class),
    STAGES(StageMetrics.class),
    TRANSLATIONS(Translations.class),
    RESULT(ResultMetrics.class);

    private static final int TRANSLATIONS_KEPT = 20;

    private final Class<? extends RunEvent> type;

    EventKind(Class<? extends RunEvent> type) {
        this.type = type;
    }

    static EventKind of(RunEvent event) {
        return Arrays.stream(values())
                .filter(kind -> kind.type.isInstance(event))
                .findFirst()
                .orElseThrow();
    }

    Class<? extends RunEvent> type() {
        return type;
    }

    /** The name in {@code metrics.jsonl}. */
    String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    Optional<String> toJson(RunEvent event) {
        if (this == EPOCH_START) {
            return Optional.empty();
        }
        ObjectNode line = JsonNodeFactory.instance.objectNode().put("kind", title());
        line.setAll((ObjectNode) Json.snakeCaseTree(contentOf(event)));
        return Optional.of(Json.text(Json.WRITER, line));
    }

    /** Timelines are pictures beside the file, and of translations it has samples. */
    private static Object contentOf(RunEvent event) {
        if (event instanceof StageMetrics stages) {
            return stages.report();
        }
        if (event instanceof MachineMetrics machine) {
            return machine.facts();
        }
        return event instanceof Translations all ? all.first(TRANSLATIONS_KEPT) : event;
    }
}
