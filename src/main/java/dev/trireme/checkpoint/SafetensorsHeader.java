package dev.trireme.checkpoint;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parses the header of a safetensors file as a stream, so that a hostile header takes no more memory than it has bytes.
 *
 * <pre>
 *   8 bytes   header length (unsigned, little endian)
 *   header    {"__metadata__": {"k": "v"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
 *   data      every byte belongs to exactly one tensor; offsets count from here
 * </pre>
 */
final class SafetensorsHeader {
    private static final int MOST_DIMENSIONS = 64;

    private final HeaderBytes source;
    private final JsonParser parser;
    private final Map<String, TensorEntry> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private long dataClaimed;

    private SafetensorsHeader(HeaderBytes source, JsonParser parser) {
        this.source = source;
        this.parser = parser;
    }

    static SafetensorsHeader parse(HeaderBytes source) throws IOException {
        try (JsonParser parser = StrictJson.FACTORY.createParser(source.characters())) {
            SafetensorsHeader header = new SafetensorsHeader(source, parser);
            header.parse();
            return header;
        }
    }

    Map<String, TensorEntry> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    private void parse() throws IOException {
        String name = null;
        try {
            expect(parser.nextToken(), JsonToken.START_OBJECT, null, "the header");
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                name = parser.currentName();
                parser.nextToken();
                if (name.equals("__metadata__")) {
                    parseMetadata();
                } else {
                    parseTensor(name);
                }
                name = null;
            }
            if (parser.nextToken() != null) {
                throw malformed(null, "the header goes on after its last }");
            }
        } catch (JsonProcessingException e) {
            JsonLocation location = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
            throw malformed(location, name, e.getOriginalMessage());
        }
        requireContiguous();
    }

    private void parseMetadata() throws IOException {
        expect(parser.currentToken(), JsonToken.START_OBJECT, null, "__metadata__");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            expect(parser.nextToken(), JsonToken.VALUE_STRING, null, "__metadata__." + key);
            if (metadata.size() == StrictJson.MOST_TENSORS) {
                throw malformed(null, "__metadata__ has more than " + StrictJson.MOST_TENSORS + " entries");
            }
            metadata.put(key, parser.getText());
        }
    }

    private void parseTensor(String name) throws IOException {
        if (tensors.size() == StrictJson.MOST_TENSORS) {
            throw malformed(
                    name, "it is one more than the " + StrictJson.MOST_TENSORS + " tensors that a file may hold");
        }
        if (name.contains("../") || hasControlCharacters(name)) {
            throw malformed(name, "the name has control characters or ../");
        }
        DataType type = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        expect(parser.currentToken(), JsonToken.START_OBJECT, name, "its description");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            switch (key) {
                case "dtype" -> type = parseType(name);
                case "shape" -> shape = parseSizes(name, key);
                case "data_offsets" -> offsets = parseSizes(name, key);
                default -> throw malformed(name, "the key " + key + " is not in the format");
            }
        }
        if (type == null || shape == null || offsets == null) {
            throw malformed(name, "one of dtype, shape and data_offsets is missing");
        }
        tensors.put(name, located(name, type, shape, offsets));
    }

    private static boolean hasControlCharacters(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (Character.isISOControl(name.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private DataType parseType(String name) throws IOException {
        expect(parser.currentToken(), JsonToken.VALUE_STRING, name, "dtype");
        String text = parser.getText();
        for (DataType type : DataType.values()) {
            if (type.name().equals(text)) {
                return type;
            }
        }
        throw malformed(name, "dtype " + text + " is unknown");
    }

    private List<Long> parseSizes(String name, String key) throws IOException {
        expect(parser.currentToken(), JsonToken.START_ARRAY, name, key);
        List<Long> sizes = new ArrayList<>(4);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, name, "a number in " + key);
            sizes.add(parser.getLongValue());
            if (sizes.size() > MOST_DIMENSIONS) {
                throw malformed(name, key + " has more than " + MOST_DIMENSIONS + " numbers");
            }
        }
        return sizes;
    }

    private TensorEntry located(String name, DataType type, List<Long> shape, List<Long> offsets) throws IOException {
        long available = source.fileSize() - source.dataBegin();
        if (offsets.size() != 2
                || offsets.get(0) < 0
                || offsets.get(0) > offsets.get(1)
                || offsets.get(1) > available) {
            throw malformed(
                    name, "data_offsets " + offsets + " do not lie in order within " + available + " bytes of data");
        }
        long begin = source.dataBegin() + offsets.get(0);
        TensorEntry entry = new TensorEntry(name, type, shape, begin, source.dataBegin() + offsets.get(1));
        long needed;
        try {
            needed = type.bytes(shape);
        } catch (ArithmeticException e) {
            throw malformed(name, "shape " + shape + " is negative or too large");
        }
        if (needed != entry.bytes()) {
            throw malformed(
                    name, type + " " + shape + " takes " + needed + " bytes, its data_offsets " + offsets + " do not");
        }
        // Overlapping tensors are refused here, before a million of them fill the memory.
        dataClaimed += needed;
        if (dataClaimed > available) {
            throw malformed(name, "up to here the tensors claim more than the file's " + available + " bytes of data");
        }
        return entry;
    }

    private void requireContiguous() {
        List<TensorEntry> inOrder = new ArrayList<>(tensors.values());
        inOrder.sort(Comparator.comparingLong(TensorEntry::begin).thenComparingLong(TensorEntry::end));
        long position = source.dataBegin();
        for (TensorEntry entry : inOrder) {
            if (entry.begin() != position) {
                String what = entry.begin() < position ? "overlaps the tensor before it" : "leaves a hole before it";
                throw source.malformed(entry.begin(), entry.name(), "its data " + what);
            }
            position = entry.end();
        }
        if (position != source.fileSize()) {
            throw source.malformed(position, null, (source.fileSize() - position) + " bytes belong to no tensor");
        }
    }

    private void expect(@Nullable JsonToken token, JsonToken wanted, @Nullable String name, String what)
            throws IOException {
        if (token != wanted) {
            throw malformed(name, what + " is " + token + " instead of " + wanted);
        }
    }

    private BadInputException malformed(@Nullable String name, String what) throws IOException {
        return malformed(parser.currentTokenLocation(), name, what);
    }

    private BadInputException malformed(JsonLocation location, @Nullable String name, String what) throws IOException {
        return source.malformed(source.offsetOfCharacter(location.getCharOffset()), name, what);
    }
}
