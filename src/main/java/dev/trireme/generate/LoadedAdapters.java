package dev.trireme.generate;

import dev.trireme.checkpoint.AdapterFolder;
import dev.trireme.checkpoint.AdapterParameters;
import dev.trireme.engine.Adapter;
import dev.trireme.engine.Stage;
import dev.trireme.model.ModelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Adapters on all stages of an engine. The engine numbers them in the order of their names. */
final class LoadedAdapters implements AutoCloseable {
    static final LoadedAdapters NONE = new LoadedAdapters();

    private final SortedMap<String, List<Adapter>> byName = new TreeMap<>();

    private LoadedAdapters() {}

    /** @param stages of all copies */
    static LoadedAdapters load(Map<String, Path> folders, ModelConfig model, List<Stage> stages) {
        LoadedAdapters all = new LoadedAdapters();
        try {
            new TreeMap<>(folders).forEach((name, folder) -> all.load(name, folder, model, stages));
            return all;
        } catch (RuntimeException | Error e) {
            all.close();
            throw e;
        }
    }

    private void load(String name, Path folder, ModelConfig model, List<Stage> stages) {
        try (AdapterFolder files = AdapterFolder.open(folder, model)) {
            List<Adapter> parts = new ArrayList<>();
            int number = byName.size() + 1;
            byName.put(name, parts);
            for (Stage stage : stages) {
                parts.add(Adapter.open(stage, number, files.lora()));
            }
            files.load(new AdapterParameters(parts));
        }
    }

    List<String> names() {
        return List.copyOf(byName.keySet());
    }

    /** @throws IllegalArgumentException when there is none of that name */
    int number(String name) {
        if (name.isEmpty()) {
            return 0;
        }
        if (!byName.containsKey(name)) {
            throw new IllegalArgumentException("adapter " + name + " is not loaded; "
                    + (byName.isEmpty() ? "there are none, use an empty name" : "use " + String.join(" or ", names())));
        }
        return byName.headMap(name).size() + 1;
    }

    @Override
    public void close() {
        byName.values().forEach(parts -> parts.forEach(Adapter::close));
    }
}
