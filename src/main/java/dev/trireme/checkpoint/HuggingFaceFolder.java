package dev.trireme.checkpoint;

import dev.trireme.config.BadInputException;
import dev.trireme.config.GenerationDefaults;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Sha256;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import java.io.IOException;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model folder in Hugging Face's layout. Opening it checks that the tensors match the configuration.
 *
 * <pre>
 *   config.json
 *   model.safetensors, or model.safetensors.index.json and the files that it names
 *   generation_config.json   if the makers had wishes
 *   tokenizer.json           if it works on text
 * </pre>
 */
public final class HuggingFaceFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HuggingFaceFolder.class);
    private static final String CONFIG = "config.json";
    private static final String GENERATION = "generation_config.json";
    private static final String TOKENIZER = "tokenizer.json";

    private final Path folder;
    private final HuggingFaceConfig config;
    private final GenerationDefaults defaults;
    private final WeightFiles files;
    private final MatchedTensors tensors;
    private final Optional<AdapterFolder> adapter;

    private HuggingFaceFolder(
            Path folder,
            HuggingFaceConfig config,
            GenerationDefaults defaults,
            WeightFiles files,
            Optional<AdapterFolder> adapter) {
        this.folder = folder;
        this.adapter = adapter;
        this.config = config;
        this.defaults = defaults;
        this.files = files;
        this.tensors = MatchedTensors.of(files, ModelTensors.of(config.model()));
    }

    /**
     * Opens a folder and compares its tensors with its configuration. Nothing of the model's size is allocated.
     *
     * @param folder an untrusted folder; in Hugging Face's cache its weights may be links to blobs of the cache, but to
     *     no other file outside
     * @return the folder; the caller closes it
     * @throws BadInputException when a file is missing or malformed, when Trireme does not compute the model, or when
     *     tensors are missing, unknown, of another shape or of a type other than F32, F16 and BF16: all are listed
     */
    public static HuggingFaceFolder open(Path folder) {
        return open(folder, Optional.empty());
    }

    /**
     * As {@link #open(Path)}, with low-rank updates: {@link #config} is then of the model that has them, and {@link #load}
     * fills them too.
     *
     * @param folder an untrusted folder
     * @param adapter another one, with {@code adapter_config.json}; empty for none
     * @return the folder; the caller closes it
     * @throws BadInputException also when the adapter is of another model, naming the first tensor that does not fit
     */
    public static HuggingFaceFolder open(Path folder, Optional<Path> adapter) {
        NullChecks.require("folder", folder, "adapter", adapter);
        Path present = require(folder);
        HuggingFaceConfig config = HuggingFaceConfig.read(present.resolve(CONFIG));
        GenerationDefaults defaults = GenerationDefaults.NONE;
        Path generation = present.resolve(GENERATION);
        if (Files.exists(generation)) {
            defaults = GenerationDefaults.read(generation);
            config = withEnds(config, defaults, generation);
        }
        ModelConfig model = config.model();
        Optional<AdapterFolder> updates = adapter.map(name -> AdapterFolder.open(name, model));
        try {
            WeightFiles files = WeightFiles.open(present);
            try {
                HuggingFaceConfig updated =
                        config.withModel(updates.map(AdapterFolder::model).orElse(config.model()));
                HuggingFaceFolder opened = new HuggingFaceFolder(present, updated, defaults, files, updates);
                updates.ifPresent(adapted -> adapted.requireBase(folder, opened::fingerprint));
                return opened;
            } catch (RuntimeException e) {
                files.close();
                throw e;
            }
        } catch (RuntimeException e) {
            updates.ifPresent(AdapterFolder::close);
            throw e;
        }
    }

    /**
     * Refuses an adapter of another model.
     *
     * @param updates its folder
     * @throws BadInputException when its tensors do not fit, or it says that it is of other weights
     */
    public void requireBaseOf(Path updates) {
        Objects.requireNonNull(updates, "updates");
        try (AdapterFolder opened = AdapterFolder.open(updates, config.model().withTuning(Tuning.ALL))) {
            opened.requireBase(folder, this::fingerprint);
        }
    }

    /**
     * Refuses what is no model's folder, without reading a file or loading libtorch.
     *
     * @param folder to look at
     * @return where its files lie at present
     * @throws BadInputException when there is no folder or no {@code config.json} in it
     */
    public static Path require(Path folder) {
        Objects.requireNonNull(folder, "folder");
        Path present = AtomicFolder.current(folder);
        requireConfig(present);
        return present;
    }

    /**
     * The files that hold the weights.
     *
     * @param folder in Hugging Face layout
     * @return one file, or all shards, in the order of their names
     * @throws BadInputException when there are none
     */
    public static List<Path> weightFiles(Path folder) {
        Path present = require(folder);
        try (WeightFiles files = WeightFiles.open(present)) {
            return files.tensors().values().stream()
                    .map(tensor -> present.resolve(tensor.file().name()))
                    .distinct()
                    .sorted()
                    .toList();
        }
    }

    private static void requireConfig(Path folder) {
        if (isGguf(folder)) {
            throw new BadInputException(folder + ": is a GGUF file, not a folder with " + CONFIG + importing(folder));
        }
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new BadInputException(folder + ": is a file, not a folder; name the folder with " + CONFIG);
        }
        if (!Files.isDirectory(folder)) {
            throw new BadInputException(folder + ": there is no such folder; name a folder with " + CONFIG);
        }
        if (!Files.exists(folder.resolve(CONFIG))) {
            String problem = folder + ": has no " + CONFIG;
            throw new BadInputException(ggufIn(folder)
                    .map(file -> problem + " but the GGUF file " + file.getFileName() + importing(file))
                    .orElse(problem + "; name the folder that has it"));
        }
    }

    private static boolean isGguf(Path file) {
        return Files.isRegularFile(file) && file.toString().endsWith(".gguf");
    }

    private static Optional<Path> ggufIn(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(HuggingFaceFolder::isGguf).min(Comparator.naturalOrder());
        } catch (IOException e) {
            throw new BadInputException(folder + ": cannot be read (" + e + "); check the folder", e);
        }
    }

    private static String importing(Path gguf) {
        return "; make a folder of it: bin/trireme import " + gguf + " --out DIR";
    }

    private static HuggingFaceConfig withEnds(HuggingFaceConfig config, GenerationDefaults defaults, Path file) {
        try {
            return defaults.ends().isEmpty() ? config : config.withEnds(defaults.ends());
        } catch (IllegalArgumentException e) {
            throw new BadInputException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * The content of {@code config.json}.
     *
     * @return model and special tokens; the ends of text are those of {@code generation_config.json} if it names any
     */
    public HuggingFaceConfig config() {
        return config;
    }

    /**
     * The content of {@code generation_config.json}.
     *
     * @return the defaults of generation; {@link GenerationDefaults#NONE} without the file
     */
    public GenerationDefaults generationDefaults() {
        return defaults;
    }

    /**
     * The path of the tokenizer.
     *
     * @return the path of {@code tokenizer.json}
     * @throws BadInputException when the folder has none
     */
    public Path tokenizer() {
        Path file = folder.resolve(TOKENIZER);
        if (!Files.isRegularFile(file)) {
            throw new BadInputException(folder + ": has no " + TOKENIZER + "; put the model's tokenizer there");
        }
        return file;
    }

    /**
     * Fills parameters from the files, in the files' order and in pieces of a few rows, while the next pieces are read.
     * It needs a few megabytes besides the store's own memory. It warns about values that are not finite.
     *
     * @param store all parameters of this model, or some of them
     * @return the parameters with NaN or infinite values, for callers that refuse them
     * @throws IllegalArgumentException when a parameter is not one of this model
     * @throws BadInputException when a file can no longer be read
     */
    public List<ParameterInfo> load(ParameterStore store) {
        Objects.requireNonNull(store, "store");
        adapter.ifPresent(updates -> updates.load(ChosenParameters.of(store, ParameterInfo::isLowRank)));
        return loadModel(ChosenParameters.of(store, parameter -> !parameter.isLowRank()));
    }

    private List<ParameterInfo> loadModel(ParameterStore store) {
        List<ParameterInfo> parameters = store.parameters();
        Set<ParameterInfo> notFinite = new LinkedHashSet<>();
        ReadAhead.forEach(pieces(parameters), (piece, values) -> {
            if (!allFinite(values.asIntBuffer())) {
                notFinite.add(parameters.get(piece.index()));
            }
            store.write(piece.index(), piece.first(), values);
        });
        notFinite.forEach(parameter -> LOG.warn("{}: {} has values that are NaN or infinite", files.path(), parameter));
        return List.copyOf(notFinite);
    }

    /**
     * The weights with the adapter's updates folded in, of a folder that was opened with one.
     *
     * @return the parameters of the model without updates, to be read one by one while this is open
     * @throws IllegalStateException without an adapter
     */
    public ParameterStore merged() {
        AdapterFolder updates = adapter.orElseThrow(
                () -> new IllegalStateException(folder + " was opened without an adapter; open it with one"));
        ParameterStore base =
                new StoredParameters(ModelTensors.of(config.model()).parameters(), tensors::of);
        return new MergedParameters(base, updates.stored(), config.model());
    }

    private List<TensorPiece> pieces(List<ParameterInfo> parameters) {
        return IntStream.range(0, parameters.size())
                .mapToObj(index -> TensorPiece.of(index, tensors.of(parameters.get(index))))
                .sorted(Comparator.comparing((List<TensorPiece> pieces) ->
                                pieces.get(0).tensor().file().name())
                        .thenComparing(pieces -> pieces.get(0).tensor().entry().begin()))
                .flatMap(List::stream)
                .toList();
    }

    private static boolean allFinite(IntBuffer bits) {
        int exponent = 0x7f800000;
        int count = 0;
        // No early exit: a plain sum is what the compiler turns into vector instructions.
        for (int i = 0; i < bits.limit(); i++) {
            count += (bits.get(i) & exponent) == exponent ? 1 : 0;
        }
        return count == 0;
    }

    /**
     * A hash of what the folder says of the model.
     *
     * @return 64 hexadecimal digits, of config.json and generation_config.json
     * @throws BadInputException when one can no longer be read
     */
    public String configHash() {
        List<Path> described = Stream.of(CONFIG, GENERATION)
                .map(folder::resolve)
                .filter(Files::exists)
                .toList();
        try {
            return Sha256.of(described, () -> {});
        } catch (IOException e) {
            throw new BadInputException(folder + ": cannot be read (" + e + "); check the folder", e);
        }
    }

    /**
     * A hash of all weights, as the files hold them. Reads them all.
     *
     * @return 64 hexadecimal digits, the same however the tensors are ordered or spread over files
     * @throws BadInputException when a file can no longer be read
     */
    public String weightsHash() {
        return files.hash();
    }

    /**
     * A hash of the first values of each tensor, rounded to bfloat16: what adapters are of. It takes some milliseconds.
     *
     * @return 64 hexadecimal digits, the same for float32, bfloat16 and any order of tensors
     * @throws BadInputException when a file can no longer be read
     */
    public String fingerprint() {
        return tensors.fingerprint();
    }

    @Override
    public void close() {
        files.close();
        adapter.ifPresent(AdapterFolder::close);
    }

    /**
     * Writes a folder that {@link #open} and {@code AutoModelForCausalLM.from_pretrained} read. An existing folder is
     * replaced only when the new one is complete.
     *
     * @param folder its final name; the folder above exists
     * @param config content of {@code config.json}
     * @param store all parameters of the model
     * @param others writes the other files, such as {@code tokenizer.json}
     * @throws CheckpointException when the disk is full or fails; the old folder is then still there
     * @throws IllegalArgumentException when the parameters are not those of the model
     */
    public static void save(Path folder, HuggingFaceConfig config, ParameterStore store, AtomicFolder.Content others) {
        save(folder, config, store, DataType.F32, others);
    }

    /**
     * As {@link #save(Path, HuggingFaceConfig, ParameterStore, AtomicFolder.Content)}, in a type of choice.
     *
     * @param folder its final name
     * @param config content of {@code config.json}
     * @param store all parameters of the model
     * @param type of the weights in the file: F32 or BF16
     * @param others writes the other files
     */
    public static void save(
            Path folder, HuggingFaceConfig config, ParameterStore store, DataType type, AtomicFolder.Content others) {
        NullChecks.require("folder", folder, "config", config, "store", store, "type", type, "others", others);
        List<ParameterInfo> parameters = store.parameters();
        ModelTensors tensors = ModelTensors.of(config.model());
        List<ParameterInfo> expected = tensors.parameters();
        if (parameters.size() != expected.size() || !new HashSet<>(parameters).equals(new HashSet<>(expected))) {
            throw new IllegalArgumentException("the " + parameters.size() + " parameters are not the " + expected.size()
                    + " of " + config.model() + "; give all of this model");
        }
        AtomicFolder.write(folder, next -> {
            Files.writeString(next.resolve(CONFIG), config.toJson(type == DataType.BF16 ? "bfloat16" : "float32"));
            StoreFile.write(next.resolve(WeightFiles.SINGLE), store, type, Map.of(), tensors::storedName);
            others.writeInto(next);
        });
    }
}
