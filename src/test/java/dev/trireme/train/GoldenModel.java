package dev.trireme.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trireme.checkpoint.DataType;
import dev.trireme.checkpoint.SafetensorsReader;
import dev.trireme.checkpoint.TensorEntry;
import dev.trireme.config.MicroBatch;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A tiny model and what transformers computes with it in float64; {@code reference.json} says how. */
final class GoldenModel implements AutoCloseable {
    private final Path folder;
    private final SafetensorsReader tensors;
    private final JsonNode numbers;

    /** @param name of a folder in golden */
    GoldenModel(String name) throws IOException {
        folder = folder(name);
        tensors = SafetensorsReader.open(folder.resolve("reference.safetensors"));
        numbers = new JsonMapper().readTree(folder.resolve("reference.json").toFile());
    }

    Path folder() {
        return folder;
    }

    /** What the file calls a quantity of a parameter, {@code grad} or {@code after}. */
    String tensor(String quantity, String parameter) {
        return Stream.of("", "transformer.", "model.")
                .map(prefix -> quantity + "." + prefix + parameter)
                .filter(tensors.tensors()::containsKey)
                .findFirst()
                .orElseThrow();
    }

    boolean has(String tensor) {
        return tensors.tensors().containsKey(tensor);
    }

    JsonNode numbers() {
        return numbers;
    }

    int[] ints(String name) {
        return IntStream.range(0, numbers.get(name).size())
                .map(i -> numbers.get(name).get(i).asInt())
                .toArray();
    }

    /** A tensor's values; integers become floats. */
    float[] floats(String name) {
        TensorEntry entry = tensors.tensor(name);
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(Math.toIntExact(entry.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        tensors.read(entry, bytes);
        bytes.clear();
        int count = Math.toIntExact(entry.bytes() / entry.type().width());
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = entry.type() == DataType.I64 ? bytes.getLong() : bytes.getFloat();
        }
        return values;
    }

    /** Both rows of the reference. */
    MicroBatch batch() {
        float[] ids = floats("input_ids");
        return new MicroBatch(
                IntStream.range(0, ids.length).map(i -> (int) ids[i]).toArray(),
                floats("weights"),
                2,
                ids.length / 2,
                0);
    }

    @Override
    public void close() {
        tensors.close();
    }

    private static Path folder(String name) {
        try {
            return Path.of(Objects.requireNonNull(GoldenModel.class.getResource("/golden/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
