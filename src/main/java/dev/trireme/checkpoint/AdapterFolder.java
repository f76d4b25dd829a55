package dev.trireme.checkpoint;

import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Sha256;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.LoraTarget;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Low-rank updates in PEFT's layout. Opening a folder checks that its tensors are those of a model.
 *
 * <pre>
 *   adapter_config.json           rank, alpha, targets
 *   adapter_model.safetensors     base_model.model.NAME.lora_A.weight (rank, in), …lora_B.weight (out, rank)
 * </pre>
 */
public final class AdapterFolder implements AutoCloseable {
    /** The file that makes a folder one of updates. */
    public static final String CONFIG = AdapterConfig.FILE;

    private static final Logger LOG = LoggerFactory.getLogger(AdapterFolder.class);
    static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";
    private static final Set<DataType> READABLE = EnumSet.of(DataType.F32, DataType.F16, DataType.BF16);
    private static final String CURE = "; use an adapter that was trained on this model";

    /** A key of the metadata in the file of the tensors. */
    private static final String FINGERPRINT = "trireme.base";

    /**
     * The model that updates are of.
     *
     * @param name such as the path of its folder
     * @param fingerprint of its weights; empty where that is not known
     */
    public record Base(String name, String fingerprint) {
        /** Checks that no component is null. */
        public Base {
            NullChecks.require("name", name, "fingerprint", fingerprint);
        }

        /**
         * The model in a folder.
         *
         * @param folder in Hugging Face layout
         * @return its absolute path and the fingerprint of its weights
         * @throws BadInputException when the folder is no whole model
         */
        public static Base of(Path folder) {
            Objects.requireNonNull(folder, "folder");
            try (HuggingFaceFolder files = HuggingFaceFolder.open(folder)) {
                return new Base(folder.toAbsolutePath().normalize().toString(), files.fingerprint());
            }
        }
    }

    private final Path weights;
    private final ModelConfig model;
    private final SafetensorsReader reader;

    private AdapterFolder(Path weights, ModelConfig model, SafetensorsReader reader) {
        this.weights = weights;
        this.model = model;
        this.reader = reader;
    }

    /**
     * Opens a folder and compares its tensors with a model's.
     *
     * @param folder an untrusted folder
     * @param base the model that it is to update
     * @return the folder; the caller closes it
     * @throws BadInputException when a file is missing or malformed, when Trireme does not compute the update, or when
     *     tensors are missing, unknown, of another shape or of a type other than F32, F16 and BF16
     */
    public static AdapterFolder open(Path folder, ModelConfig base) {
        NullChecks.require("folder", folder, "base", base);
        Path present = AtomicFolder.current(folder);
        if (!Files.isDirectory(present)) {
            throw new BadInputException(folder + ": there is no such folder; name a folder with " + CONFIG);
        }
        if (!Files.exists(present.resolve(CONFIG))) {
            throw new BadInputException(folder + ": has no " + CONFIG + "; name the folder of an adapter");
        }
        AdapterConfig config = AdapterConfig.read(present);
        Path weights = ModelFile.within(present, WEIGHTS);
        SafetensorsReader reader = SafetensorsReader.open(weights);
        try {
            Set<LoraTarget> targets = targets(base, reader.tensors().keySet());
            if (targets.isEmpty()) {
                throw new BadInputException(weights + ": has no tensor of this model" + firstOf(reader) + CURE);
            }
            requireNamed(present.resolve(CONFIG), config, base, targets);
            AdapterFolder opened = new AdapterFolder(weights, updated(base, config.with(targets), weights), reader);
            opened.requireFit();
            return opened;
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    /**
     * A hash of an adapter: of its configuration and its weights.
     *
     * @param folder of the adapter
     * @return 64 hexadecimal digits
     * @throws BadInputException when a file cannot be read
     */
    public static String hash(Path folder) {
        Objects.requireNonNull(folder, "folder");
        Path present = AtomicFolder.current(folder);
        try {
            return Sha256.of(List.of(present.resolve(CONFIG), ModelFile.within(present, WEIGHTS)), () -> {});
        } catch (IOException e) {
            throw new BadInputException(folder + ": cannot be read (" + e + "); name the folder of an adapter", e);
        }
    }

    private static ModelConfig updated(ModelConfig base, LoraConfig lora, Path file) {
        try {
            return base.withTuning(Tuning.of(lora));
        } catch (IllegalArgumentException e) {
            throw new BadInputException(file + ": " + e.getMessage(), e);
        }
    }

    private static String firstOf(SafetensorsReader reader) {
        return reader.tensors().keySet().stream()
                .findFirst()
                .map(name -> ", but " + name)
                .orElse("");
    }

    /** What of a layer has an update, by the names of its tensors. */
    private static Set<LoraTarget> targets(ModelConfig base, Set<String> tensors) {
        EnumSet<LoraTarget> targets = EnumSet.noneOf(LoraTarget.class);
        String layer = PREFIX + base.format().prefix() + base.format().names().layer();
        for (LoraTarget target : LoraTarget.values()) {
            String end = "." + AdapterConfig.name(base.format().names(), target) + ".lora_A.weight";
            if (end.length() > ".lora_A.weight".length() + 1
                    && tensors.stream().anyMatch(name -> name.startsWith(layer) && name.endsWith(end))) {
                targets.add(target);
            }
        }
        return targets;
    }

    /** Refuses modules that the file names and has no tensors of, and the other way round. */
    private static void requireNamed(Path file, AdapterConfig config, ModelConfig base, Set<LoraTarget> targets) {
        List<String> found = AdapterConfig.names(base.format(), targets);
        for (String module : config.modules()) {
            if (found.stream().noneMatch(name -> isEnd(module, name))) {
                throw new BadInputException(
                        file + ": target_modules names " + module + ", of which " + WEIGHTS + " has no tensor" + CURE);
            }
        }
        for (String name : found) {
            if (!config.modules().isEmpty() && config.modules().stream().noneMatch(module -> isEnd(module, name))) {
                throw new BadInputException(file + ": target_modules does not name " + name + ", of which " + WEIGHTS
                        + " has tensors" + CURE);
            }
        }
    }

    private static boolean isEnd(String module, String name) {
        return name.equals(module) || name.endsWith("." + module) || module.endsWith("." + name);
    }

    private void requireFit() {
        List<String> differences = new ArrayList<>();
        TreeSet<String> unknown = new TreeSet<>(reader.tensors().keySet());
        Map<String, TensorEntry> tensors = reader.tensors();
        for (ParameterInfo parameter : parameters(model)) {
            String name = storedName(model, parameter);
            unknown.remove(name);
            TensorEntry entry = tensors.get(name);
            if (entry == null) {
                differences.add("tensor " + name + " is missing");
            } else if (!entry.shape().equals(parameter.shape())) {
                differences.add("tensor " + name + " is " + entry.shape() + " but the model and rank "
                        + model.tuning().lora().rank() + " of " + CONFIG + " need " + parameter.shape());
            } else if (!READABLE.contains(entry.type())) {
                differences.add("tensor " + name + " is " + entry.type() + ", not one of " + READABLE);
            }
        }
        unknown.forEach(name -> differences.add("tensor " + name + " is not part of the model"));
        if (!differences.isEmpty()) {
            String more = differences.size() == 1 ? "" : ", and " + (differences.size() - 1) + " more do not fit";
            throw new BadInputException(weights + ": " + differences.get(0) + more + CURE);
        }
    }

    /** The low-rank parameters of a model, the first layer's first. */
    private static List<ParameterInfo> parameters(ModelConfig model) {
        return Stage.parametersOf(model).stream()
                .filter(ParameterInfo::isLowRank)
                .toList();
    }

    private static String storedName(ModelConfig model, ParameterInfo parameter) {
        return PREFIX + model.format().prefix() + parameter.name();
    }

    /**
     * The model with these updates.
     *
     * @return the base, tuned by them
     */
    public ModelConfig model() {
        return model;
    }

    /**
     * What is updated.
     *
     * @return rank, alpha and targets
     */
    public LoraConfig lora() {
        return model.tuning().lora();
    }

    /**
     * Refuses another model than the one that the updates are of. PEFT's files do not say which that is: of these a name
     * that differs is told.
     *
     * @param base folder of the model
     * @param fingerprint of the model
     */
    void requireBase(Path base, Supplier<String> fingerprint) {
        Path folder = weights.resolveSibling("");
        String named = AdapterConfig.read(folder).base();
        String recorded = reader.metadata().get(FINGERPRINT);
        if (recorded != null) {
            if (!recorded.equals(fingerprint.get())) {
                throw new BadInputException(folder + ": was trained on other weights, those of " + named + ", than "
                        + base + " has; name that model, or train an adapter of this one");
            }
            return;
        }
        String name = Path.of(named.isEmpty() ? "." : named).normalize().getFileName() + "";
        String ours = base.toAbsolutePath().normalize().getFileName() + "";
        if (!named.isEmpty() && !name.equals(ours)) {
            LOG.warn("{} was trained on {}, and is used with {}", folder, named, base);
        }
    }

    /** All low-rank parameters, to be read one by one. */
    ParameterStore stored() {
        return new StoredParameters(
                parameters(model), parameter -> new StoredTensor(reader, reader.tensor(storedName(model, parameter))));
    }

    /**
     * Fills low-rank parameters from the file, in pieces, while the next ones are read.
     *
     * @param store all low-rank parameters of the model, or some of them
     * @throws BadInputException when the file can no longer be read
     */
    public void load(ParameterStore store) {
        NullChecks.require("store", store);
        List<TensorPiece> pieces = new ArrayList<>();
        List<ParameterInfo> parameters = store.parameters();
        for (int index = 0; index < parameters.size(); index++) {
            TensorEntry entry = reader.tensor(storedName(model, parameters.get(index)));
            pieces.addAll(TensorPiece.of(index, new StoredTensor(reader, entry)));
        }
        ReadAhead.forEach(pieces, (piece, values) -> store.write(piece.index(), piece.first(), values));
    }

    @Override
    public void close() {
        reader.close();
    }

    /**
     * Writes a folder that {@link #open} and Python's {@code PeftModel.from_pretrained} read. An existing folder is
     * replaced only when the new one is complete.
     *
     * @param folder its final name; the folder above exists
     * @param model with its updates
     * @param base the model without them
     * @param store all low-rank parameters of the model
     * @param type of the tensors in the file: F32 or BF16
     * @param others writes the other files
     * @throws CheckpointException when the disk is full or fails; the old folder is then still there
     */
    public static void save(
            Path folder,
            ModelConfig model,
            Base base,
            ParameterStore store,
            DataType type,
            AtomicFolder.Content others) {
        NullChecks.require("folder", folder, "model", model, "base", base, "store", store, "others", others);
        NullChecks.require("type", type);
        AtomicFolder.write(folder, next -> {
            Files.writeString(next.resolve(CONFIG), AdapterConfig.json(model, base.name));
            Map<String, String> metadata =
                    base.fingerprint.isEmpty() ? Map.of() : Map.of(FINGERPRINT, base.fingerprint);
            StoreFile.write(next.resolve(WEIGHTS), store, type, metadata, parameter -> storedName(model, parameter));
            others.writeInto(next);
        });
    }
}
