package dev.trireme.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Json;
import java.util.List;

/**
 * An event that rank 0 sends to its launcher: a line {@code {"trireme":KIND,"value":…}} on its standard output for each
 * call of a {@link TrainListener}.
 */
record RunEvent(Kind kind, JsonNode value) {
    private static final String KIND = "trireme";
    private static final String START = "{\"" + KIND + "\":";
    private static final String VALUE = "value";

    /** One for each method of the listener. */
    enum Kind {
        RESTARTED,
        MEMORY,
        EPOCH_STARTED,
        STEP,
        GRADIENTS,
        SKIPPED,
        CHECKPOINT,
        EPOCH,
        STAGES,
        TRANSLATED,
        FINISHED
    }

    /** The arguments of {@link TrainListener#epochStarted}. */
    record EpochStart(int epoch, int epochs, long steps) {}

    static RunEvent of(Kind kind, Object value) {
        return new RunEvent(kind, Json.tree(value));
    }

    static boolean isIn(String line) {
        return line.startsWith(START);
    }

    static RunEvent parse(String line) {
        try {
            JsonNode event = Json.READER.readTree(line);
            return new RunEvent(Kind.valueOf(event.required(KIND).textValue()), event.required(VALUE));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("rank 0 said " + line + ", which is no event", e);
        }
    }

    String toLine() {
        ObjectNode line = JsonNodeFactory.instance.objectNode().put(KIND, kind.name());
        line.set(VALUE, value);
        return line.toString();
    }

    void tell(TrainListener listener) {
        switch (kind) {
            case RESTARTED -> listener.restarted(as(RestartMetrics.class));
            case MEMORY -> listener.memory(as(MemoryMetrics.class));
            case EPOCH_STARTED -> {
                EpochStart start = as(EpochStart.class);
                listener.epochStarted(start.epoch(), start.epochs(), start.steps());
            }
            case STEP -> listener.step(as(StepMetrics.class));
            case GRADIENTS -> listener.gradients(as(GradientMetrics.class));
            case SKIPPED -> listener.skipped(as(SkippedMetrics.class));
            case CHECKPOINT -> listener.checkpoint(as(CheckpointMetrics.class));
            case EPOCH -> listener.epoch(as(EpochMetrics.class));
            case STAGES -> listener.stages(as(StageMetrics.class));
            case TRANSLATED -> listener.translated(List.of(as(Translation[].class)));
            case FINISHED -> listener.finished(as(ResultMetrics.class));
        }
    }

    private <T> T as(Class<T> type) {
        try {
            return Json.READER.treeToValue(value, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("rank 0 told of a " + type.getSimpleName() + " as " + value, e);
        }
    }
}
