package dev.trireme.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.checkpoint.DataType;
import dev.trireme.config.Json;
import dev.trireme.config.Precision;
import dev.trireme.model.Tuning;
import dev.trireme.task.TaskConfig;

/** Settings of runs that began before there was a choice, completed with what those runs computed. */
final class EarlierRuns {
    private EarlierRuns() {}

    /**
     * Adds the settings that are missing.
     *
     * @param text a JSON object
     * @param pointer to the settings of a run within it
     * @return the same text, with its lines, when nothing is missing
     * @throws JsonProcessingException when it is not JSON
     */
    static String completed(String text, String pointer) throws JsonProcessingException {
        JsonNode root = Json.SETTINGS_READER.readTree(text);
        JsonNode run = root.at(pointer);
        JsonNode before = root.deepCopy();
        add(run.at("/training/parallel"), "precision", Precision.FLOAT32);
        add(run.at("/model"), "tuning", Tuning.ALL);
        add(run, "base", BaseModel.NONE);
        add(run.at("/base"), "weights", "");
        add(run.at("/base"), "trusted", false);
        add(run, "saved_as", DataType.F32);
        add(run, "task", TaskConfig.TRANSLATE);
        return root.equals(before) ? text : Json.text(Json.SETTINGS_WRITER, root);
    }

    private static void add(JsonNode object, String key, Object value) throws JsonProcessingException {
        if (object instanceof ObjectNode settings && !settings.has(key)) {
            settings.set(key, Json.SETTINGS_READER.readTree(Json.text(Json.SETTINGS_WRITER, value)));
        }
    }
}
