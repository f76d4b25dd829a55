package dev.trireme.checkpoint;

import dev.trireme.engine.ParameterInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Parameters as bytes on the heap. */
final class MemoryStore implements ParameterStore {
    private final Map<ParameterInfo, byte[]> values = new LinkedHashMap<>();
    private final List<ParameterInfo> parameters;

    MemoryStore(List<ParameterInfo> parameters) {
        this.parameters = List.copyOf(parameters);
        parameters.forEach(parameter -> values.put(parameter, new byte[(int) DataType.F32.bytes(parameter.shape())]));
    }

    static MemoryStore random(List<ParameterInfo> parameters, long seed) {
        MemoryStore store = new MemoryStore(parameters);
        Random random = new Random(seed);
        for (byte[] bytes : store.values.values()) {
            ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            while (floats.hasRemaining()) {
                floats.putFloat((float) random.nextGaussian());
            }
        }
        return store;
    }

    /** What a folder holds. */
    static MemoryStore loaded(Path folder) {
        try (HuggingFaceFolder open = HuggingFaceFolder.open(folder)) {
            MemoryStore store =
                    new MemoryStore(ModelTensors.of(open.config().model()).parameters());
            open.load(store);
            return store;
        }
    }

    byte[] bytes(String name) {
        return values.entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(name))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    /** All values, comparable by {@code equals}. */
    Map<ParameterInfo, ByteBuffer> contents() {
        Map<ParameterInfo, ByteBuffer> contents = new LinkedHashMap<>();
        values.forEach((parameter, bytes) -> contents.put(parameter, ByteBuffer.wrap(bytes)));
        return contents;
    }

    @Override
    public List<ParameterInfo> parameters() {
        return new ArrayList<>(parameters);
    }

    @Override
    public void write(int index, long first, ByteBuffer source) {
        if (!source.isDirect() || source.order() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalArgumentException(source + " is not what the native core takes");
        }
        source.get(values.get(parameters.get(index)), (int) first * Float.BYTES, source.remaining());
    }

    @Override
    public void read(int index, ByteBuffer target) {
        target.put(values.get(parameters.get(index)));
    }
}
