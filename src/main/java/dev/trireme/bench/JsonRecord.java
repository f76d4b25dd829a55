package dev.trireme.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Records as JSON on one line: what a rank is told, and what it answers. */
final class JsonRecord {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private JsonRecord() {}

    static String write(Record values) {
        try {
            return MAPPER.writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of plain values could not be written as JSON", e);
        }
    }

    static <T extends Record> T read(String json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("expected a " + type.getSimpleName() + " but was given " + json, e);
        }
    }
}
