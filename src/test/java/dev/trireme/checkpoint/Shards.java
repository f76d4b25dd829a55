package dev.trireme.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.model.HuggingFaceConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes a model as two files and an index, every other tensor in the second. */
final class Shards {
    static final String INDEX = "model.safetensors.index.json";

    private Shards() {}

    static String name(int number) {
        return String.format("model-%05d-of-00002.safetensors", number);
    }

    static Path write(Path folder, HuggingFaceConfig config, MemoryStore store) throws IOException {
        Files.createDirectory(folder);
        Files.writeString(folder.resolve("config.json"), config.toJson());
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode index = mapper.createObjectNode();
        index.putObject("metadata").put("total_size", 1);
        ObjectNode map = index.putObject("weight_map");
        ModelTensors tensors = ModelTensors.of(config.model());
        for (int shard = 1; shard <= 2; shard++) {
            List<ParameterInfo> held = new ArrayList<>();
            for (int i = shard - 1; i < tensors.parameters().size(); i += 2) {
                ParameterInfo parameter = tensors.parameters().get(i);
                held.add(new ParameterInfo(tensors.storedName(parameter), parameter.shape()));
                map.put(tensors.storedName(parameter), name(shard));
            }
            SafetensorsWriter.write(
                    folder.resolve(name(shard)),
                    held,
                    (tensor, output) -> output.accept(ByteBuffer.wrap(store.bytes(tensors.plainName(tensor.name())))));
        }
        Files.writeString(
                folder.resolve(INDEX), mapper.writerWithDefaultPrettyPrinter().writeValueAsString(index));
        return folder;
    }
}
