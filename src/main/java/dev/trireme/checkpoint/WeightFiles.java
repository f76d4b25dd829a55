package dev.trireme.checkpoint;

import dev.trireme.config.BadInputException;
import dev.trireme.config.Sha256;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The weight files of a folder: one file, or the shards of an index, with each tensor in the shard that the index
 * names. If a folder has both, the single file is used, as in transformers.
 */
final class WeightFiles implements AutoCloseable {
    static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    /** Each shard is an open file; many systems allow a process 1024. */
    private static final int MOST_SHARDS = 500;

    private final Path path;
    private final List<SafetensorsReader> readers = new ArrayList<>();
    private final Map<String, StoredTensor> tensors = new TreeMap<>();

    private WeightFiles(Path path) {
        this.path = path;
    }

    static WeightFiles open(Path folder) {
        boolean single = Files.exists(folder.resolve(SINGLE));
        requireOne(folder, single);
        WeightFiles files = new WeightFiles(ModelFile.within(folder, single ? SINGLE : INDEX));
        try {
            if (single) {
                files.openOne(files.path).forEach((name, tensor) -> files.tensors.put(name, tensor));
            } else {
                files.openShards(folder, ShardIndex.read(files.path));
            }
            return files;
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
    }

    private static void requireOne(Path folder, boolean single) {
        if (single || Files.exists(folder.resolve(INDEX))) {
            return;
        }
        if (Files.exists(folder.resolve("pytorch_model.bin"))
                || Files.exists(folder.resolve("pytorch_model.bin.index.json"))) {
            throw new BadInputException(
                    folder + ": has only pytorch_model.bin, a pickle, which can run code and is never"
                            + " opened; save it in Python with save_pretrained(…, safe_serialization=True)");
        }
        throw new BadInputException(
                folder + ": has no " + SINGLE + " and no " + INDEX + "; name the folder that has one");
    }

    /** The path that messages about all files name. */
    Path path() {
        return path;
    }

    Map<String, StoredTensor> tensors() {
        return tensors;
    }

    /** A hash of all tensors: of the hashes of each one's name, type, shape and bytes, by name. The files' order does not matter. */
    String hash() {
        List<String> leaves =
                tensors.values().parallelStream().map(StoredTensor::hash).toList();
        return Sha256.of(String.join("\n", leaves));
    }

    private Map<String, StoredTensor> openOne(Path file) {
        SafetensorsReader reader = SafetensorsReader.open(file);
        readers.add(reader);
        Map<String, StoredTensor> held = new HashMap<>();
        reader.tensors().forEach((name, entry) -> held.put(name, new StoredTensor(reader, entry)));
        return held;
    }

    private void openShards(Path folder, Map<String, String> index) {
        TreeSet<String> names = new TreeSet<>(index.values());
        if (names.size() > MOST_SHARDS) {
            throw new BadInputException(
                    path + ": names " + names.size() + " files; save the model in at most " + MOST_SHARDS);
        }
        // All names are checked before the first is opened.
        Map<String, Path> shards = new TreeMap<>();
        names.forEach(name -> shards.put(name, ModelFile.shard(folder, name)));
        Differences differences = new Differences();
        shards.forEach((shard, file) -> openOne(file).forEach((name, tensor) -> {
            if (shard.equals(index.get(name))) {
                tensors.put(name, tensor);
            } else {
                String location = index.containsKey(name) ? "in " + index.get(name) : "nowhere";
                differences.add(tensor + " is " + location + " by the index");
            }
        }));
        index.forEach((name, shard) -> {
            if (!tensors.containsKey(name)) {
                differences.add(name + " is not in " + shard);
            }
        });
        differences.refuse(path + ": does not fit its files; get or write them again");
    }

    @Override
    public void close() {
        readers.forEach(SafetensorsReader::close);
    }
}
