package dev.trireme.checkpoint;

import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.HostMemory;
import dev.trireme.engine.ParameterInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** A store's parameters as one safetensors file of float32 tensors, sorted by name. */
public final class StoreFile {
    private StoreFile() {}

    /**
     * Writes all parameters of a store.
     *
     * @param file its final name, in an existing folder
     * @param store what to write
     * @throws CheckpointException when the disk is full or fails; the file is then as it was before
     */
    public static void write(Path file, ParameterStore store) {
        NullChecks.require("file", file, "store", store);
        write(file, store, DataType.F32, Map.of(), ParameterInfo::name);
    }

    /** As {@link #write(Path, ParameterStore)}, in another type, with metadata and under other names. */
    static void write(
            Path file,
            ParameterStore store,
            DataType type,
            Map<String, String> metadata,
            Function<ParameterInfo, String> names) {
        List<ParameterInfo> parameters = store.parameters();
        Map<String, Integer> indexes = new TreeMap<>();
        for (int index = 0; index < parameters.size(); index++) {
            indexes.put(names.apply(parameters.get(index)), index);
        }
        List<ParameterInfo> stored = new ArrayList<>();
        indexes.forEach((name, index) ->
                stored.add(new ParameterInfo(name, parameters.get(index).shape())));
        try (HostMemory memory = memoryForLargest(stored)) {
            SafetensorsWriter.write(file, stored, type, metadata, (tensor, output) -> {
                ByteBuffer values =
                        memory.buffer().slice(0, (int) bytes(tensor)).order(ByteOrder.LITTLE_ENDIAN);
                store.read(Objects.requireNonNull(indexes.get(tensor.name())), values);
                output.accept(values.clear());
            });
        }
    }

    /**
     * Fills a store from a file that {@link #write} made.
     *
     * @param file to read
     * @param store gets every tensor of the file
     * @throws BadInputException when the file breaks a rule of its format or does not hold exactly the store's parameters
     */
    public static void read(Path file, ParameterStore store) {
        NullChecks.require("file", file, "store", store);
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            List<ParameterInfo> parameters = store.parameters();
            requireSame(file, reader, parameters);
            List<TensorPiece> pieces = new ArrayList<>();
            for (int index = 0; index < parameters.size(); index++) {
                TensorEntry entry = reader.tensor(parameters.get(index).name());
                pieces.addAll(TensorPiece.of(index, new StoredTensor(reader, entry)));
            }
            ReadAhead.forEach(pieces, (piece, values) -> store.write(piece.index(), piece.first(), values));
        }
    }

    private static void requireSame(Path file, SafetensorsReader reader, List<ParameterInfo> parameters) {
        Differences differences = new Differences();
        TreeSet<String> unknown = new TreeSet<>(reader.tensors().keySet());
        for (ParameterInfo parameter : parameters) {
            unknown.remove(parameter.name());
            TensorEntry entry = reader.tensors().get(parameter.name());
            if (entry == null) {
                differences.add(parameter + " is missing");
            } else if (entry.type() != DataType.F32 || !entry.shape().equals(parameter.shape())) {
                differences.add(parameter + " is " + entry.type() + " " + entry.shape());
            }
        }
        unknown.forEach(name -> differences.add(name + " is unknown"));
        differences.refuse(file + ": is of another model; use the file that was written with this one");
    }

    private static HostMemory memoryForLargest(List<ParameterInfo> parameters) {
        long largest = parameters.stream().mapToLong(StoreFile::bytes).max().orElse(0);
        if (largest > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a parameter takes " + largest
                    + " bytes; use a vocabulary or hidden size that keeps each below 2^31");
        }
        return HostMemory.allocate(largest);
    }

    private static long bytes(ParameterInfo parameter) {
        return DataType.F32.bytes(parameter.shape());
    }
}
