package dev.trireme.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.trireme.config.Json;

/** Records as JSON on one line: what a rank is told, and what it answers. */
final class JsonRecord {
    private JsonRecord() {}

    static String write(Record values) {
        return Json.text(Json.WRITER, values);
    }

    static <T extends Record> T read(String json, Class<T> type) {
        try {
            return Json.READER.forType(type).readValue(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("expected a " + type.getSimpleName() + " but was given " + json, e);
        }
    }
}
