package dev.trireme.checkpoint.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.checkpoint.AtomicFolder;
import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.checkpoint.SafetensorsWriter;
import dev.trireme.checkpoint.gguf.TokenizerTokens.Role;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.ParameterInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Converts a GGUF file to a Hugging Face folder: LLaMA, Mistral, Qwen2, Qwen3 and GPT-2 of types F32, F16, BF16, Q4_0,
 * Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K and Q6_K. Weights are dequantised to float32 without loss, in bounded pieces for
 * models of any size.
 *
 * <p>Source of the format: the description in {@code docs/gguf.md} of {@code ggml-org/ggml}.
 */
public final class GgufImport {
    private static final String CONFIG = "config.json";

    /**
     * Summary of an import.
     *
     * @param modelType the family, as {@code config.json} names it
     * @param tensors how many tensors
     * @param parameters how many values they have together
     * @param tokens how many tokens the tokenizer has; 0 where the file has no tokenizer
     * @param chatTemplate whether the file has one
     */
    public record Summary(String modelType, int tensors, long parameters, int tokens, boolean chatTemplate) {
        /** Checks that no component is null. */
        public Summary {
            Objects.requireNonNull(modelType, "modelType");
        }
    }

    /** A listener for the progress of an import. */
    @FunctionalInterface
    public interface Progress {
        /**
         * A tensor is written.
         *
         * @param done how many values are written
         * @param all how many there are
         */
        void advanced(long done, long all);
    }

    private final GgufFile file;
    private final GgufModel model;
    private final Optional<TokenizerFiles> tokenizer;

    private GgufImport(GgufFile file) {
        this.file = file;
        this.model = GgufModel.of(file);
        this.tokenizer = TokenizerFiles.of(
                file.metadata(), model.config().path("vocab_size").asInt());
    }

    /**
     * Writes a folder with {@code config.json}, {@code model.safetensors}, {@code generation_config.json}, and, where
     * the file has them, {@code tokenizer.json}, {@code tokenizer_config.json} and {@code chat_template.jinja}. The
     * folder is written completely or not at all.
     *
     * @param gguf an untrusted file
     * @param folder the folder's final name; a model folder of that name is replaced
     * @param progress called after each tensor
     * @return what was written
     * @throws BadInputException when the file is malformed, naming key or tensor and byte offset; when Trireme does not
     *     compute its model; when a value is not finite; or when {@code folder} is there and no model folder
     * @throws CheckpointException when the disk is full or fails; an old folder is then still there
     */
    public static Summary write(Path gguf, Path folder, Progress progress) {
        NullChecks.require("gguf", gguf, "folder", folder, "progress", progress);
        requireReplaceable(folder);
        try (GgufFile file = GgufFile.open(gguf)) {
            GgufImport work = new GgufImport(file);
            try {
                Path above = Files.createDirectories(
                        folder.toAbsolutePath().normalize().resolveSibling(""));
                requireSpace(Float.BYTES * work.parameters(), folder, above);
            } catch (IOException e) {
                throw new CheckpointException(folder, e);
            }
            AtomicFolder.write(folder.toAbsolutePath().normalize(), next -> work.writeInto(next, progress));
            return work.summary();
        }
    }

    private static void requireSpace(long needed, Path folder, Path above) throws IOException {
        long free = Files.getFileStore(above).getUsableSpace();
        if (needed > free) {
            throw new CheckpointException(
                    folder,
                    String.format(
                            Locale.ROOT,
                            "the weights take %.1f MB as float32 but %.1f MB are free in %s; free space or choose another place",
                            needed / 1e6,
                            free / 1e6,
                            above));
        }
    }

    private static void requireReplaceable(Path folder) {
        if (!Files.exists(folder) || Files.exists(folder.resolve(CONFIG))) {
            return;
        }
        String what = "is there and no model folder; name a new folder, or one with " + CONFIG;
        if (!Files.isDirectory(folder)) {
            throw new BadInputException(folder + ": " + what);
        }
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.findAny().isPresent()) {
                throw new BadInputException(folder + ": " + what);
            }
        } catch (IOException e) {
            throw new BadInputException(folder + ": cannot be read (" + e + "); name another folder", e);
        }
    }

    private Summary summary() {
        return new Summary(
                model.config().path("model_type").asText(),
                model.tensors().size(),
                parameters(),
                tokenizer.map(files -> files.tokens().texts().size()).orElse(0),
                tokenizer.flatMap(TokenizerFiles::chatTemplate).isPresent());
    }

    private long parameters() {
        return model.tensors().stream()
                .mapToLong(tensor -> tensor.target().count())
                .sum();
    }

    private void writeInto(Path folder, Progress progress) throws IOException {
        // The small files first: what is wrong with them shows before the weights take their time.
        writeJson(folder.resolve(CONFIG), config());
        writeJson(folder.resolve("generation_config.json"), generation());
        if (tokenizer.isPresent()) {
            writeJson(folder.resolve("tokenizer.json"), tokenizer.get().tokenizer());
            int positions = positions();
            writeJson(folder.resolve("tokenizer_config.json"), tokenizer.get().config(positions));
            Optional<String> template = tokenizer.get().chatTemplate();
            if (template.isPresent()) {
                Files.writeString(folder.resolve("chat_template.jinja"), template.get());
            }
        }
        writeWeights(folder.resolve("model.safetensors"), progress);
    }

    private int positions() {
        ObjectNode config = model.config();
        return config.path(config.has("n_positions") ? "n_positions" : "max_position_embeddings")
                .asInt();
    }

    private ObjectNode config() {
        ObjectNode json = model.config().deepCopy();
        // Without these keys transformers would assume ids of its own.
        putId(json, "bos_token_id", id(Role.BOS));
        putId(json, "eos_token_id", id(Role.EOS));
        putId(json, "pad_token_id", id(Role.PADDING));
        return json;
    }

    /** Defaults of generation. Tokens that end a turn of a chat count as end tokens. */
    private ObjectNode generation() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        putId(json, "bos_token_id", id(Role.BOS));
        OptionalInt end = id(Role.EOS);
        OptionalInt turn = id(Role.TURN);
        if (end.isPresent() && turn.isPresent() && end.getAsInt() != turn.getAsInt()) {
            ArrayNode ends = json.putArray("eos_token_id");
            ends.add(end.getAsInt()).add(turn.getAsInt());
        } else {
            putId(json, "eos_token_id", end.isPresent() ? end : turn);
        }
        putId(json, "pad_token_id", id(Role.PADDING));
        return json;
    }

    private OptionalInt id(Role role) {
        return tokenizer.map(files -> files.tokens().id(role)).orElse(OptionalInt.empty());
    }

    private static void putId(ObjectNode json, String key, OptionalInt id) {
        json.put(key, id.isPresent() ? (Integer) id.getAsInt() : null);
    }

    private static void writeJson(Path path, ObjectNode json) throws IOException {
        Files.writeString(path, Json.text(Json.PRETTY_WRITER, json) + "\n");
    }

    private void writeWeights(Path path, Progress progress) {
        Map<String, StoredTensor> byTarget = new HashMap<>();
        model.tensors().forEach(tensor -> byTarget.put(tensor.target().name(), tensor));
        // In the file's order, so that it is read from front to back.
        List<StoredTensor> inOrder = new ArrayList<>(model.tensors());
        inOrder.sort(Comparator.comparingLong(tensor -> source(tensor).begin()));
        List<ParameterInfo> targets = inOrder.stream().map(StoredTensor::target).toList();
        TensorValues values = new TensorValues(file);
        long all = parameters();
        long[] done = new long[1];
        SafetensorsWriter.write(path, targets, (target, output) -> {
            StoredTensor tensor = Objects.requireNonNull(byTarget.get(target.name()));
            values.appendTo(source(tensor), tensor.layout(), output);
            done[0] += target.count();
            progress.advanced(done[0], all);
        });
    }

    private GgufTensor source(StoredTensor tensor) {
        return Objects.requireNonNull(file.tensors().get(tensor.source()));
    }
}
