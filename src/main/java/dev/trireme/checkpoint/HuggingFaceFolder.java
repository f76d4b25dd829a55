package dev.trireme.checkpoint;

import dev.trireme.config.BadInputException;
import dev.trireme.config.HuggingFaceConfig;
import dev.trireme.engine.ParameterInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A GPT-2 as Hugging Face lays it out: {@code config.json}, {@code model.safetensors} and, where text is wanted,
 * {@code tokenizer.json}. An open folder is one whose tensors fit its configuration.
 */
public final class HuggingFaceFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HuggingFaceFolder.class);
    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final String TOKENIZER = "tokenizer.json";

    private final Path folder;
    private final HuggingFaceConfig config;
    private final SafetensorsReader reader;
    private final MatchedTensors tensors;

    private HuggingFaceFolder(Path folder, HuggingFaceConfig config, SafetensorsReader reader) {
        this.folder = folder;
        this.config = config;
        this.reader = reader;
        this.tensors = MatchedTensors.of(folder.resolve(WEIGHTS), reader, Gpt2Tensors.of(config.model()));
    }

    /**
     * Opens a folder and compares its tensors with its configuration. Nothing of the model's size is allocated.
     *
     * @param folder the folder, from anyone
     * @return the folder; the caller closes it
     * @throws BadInputException when a file is missing or malformed, when Trireme does not compute the model, or when
     *     tensors are missing, unknown, of another shape or of a type other than F32, F16 and BF16: all are listed
     */
    public static HuggingFaceFolder open(Path folder) {
        Path present = AtomicFolder.current(folder);
        requireFiles(present);
        HuggingFaceConfig config = HuggingFaceConfig.read(present.resolve(CONFIG));
        SafetensorsReader reader = SafetensorsReader.open(present.resolve(WEIGHTS));
        try {
            return new HuggingFaceFolder(present, config, reader);
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private static void requireFiles(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new BadInputException(folder + ": there is no such folder; name a folder with " + CONFIG);
        }
        if (!Files.exists(folder.resolve(CONFIG))) {
            throw new BadInputException(folder + ": has no " + CONFIG + "; name the folder that has it");
        }
        if (Files.exists(folder.resolve(WEIGHTS))) {
            return;
        }
        if (Files.exists(folder.resolve(WEIGHTS + ".index.json"))) {
            throw new BadInputException(folder + ": its weights are in shards; save the model as one " + WEIGHTS);
        }
        if (Files.exists(folder.resolve("pytorch_model.bin"))) {
            throw new BadInputException(
                    folder + ": has only pytorch_model.bin, a pickle, which can run code and is never"
                            + " opened; save it in Python with save_pretrained(…, safe_serialization=True)");
        }
        throw new BadInputException(folder + ": has no " + WEIGHTS + "; name the folder that has it");
    }

    /**
     * What {@code config.json} says.
     *
     * @return model and special tokens
     */
    public HuggingFaceConfig config() {
        return config;
    }

    /**
     * Where the tokenizer is.
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
     * Fills parameters from the file, in the file's order. Warns of values that are not finite.
     *
     * @param store all parameters of this model, or some of them
     * @return the parameters with NaN or infinite values, for a caller who is stricter than a warning
     * @throws IllegalArgumentException when a parameter is not one of this model
     * @throws BadInputException when the file can no longer be read
     */
    public List<ParameterInfo> load(ParameterStore store) {
        List<ParameterInfo> parameters = store.parameters();
        List<ParameterInfo> notFinite = new ArrayList<>();
        try (BytePointer memory = memoryForLargest(parameters)) {
            for (int index : inOrderOfTheFile(parameters)) {
                ParameterInfo parameter = parameters.get(index);
                ByteBuffer values = room(memory, parameter);
                readAsFloats(tensors.entry(parameter), values);
                if (!allFinite(values.asIntBuffer())) {
                    LOG.warn("{}: {} has values that are NaN or infinite", folder.resolve(WEIGHTS), parameter);
                    notFinite.add(parameter);
                }
                store.write(index, values);
            }
        }
        return notFinite;
    }

    private List<Integer> inOrderOfTheFile(List<ParameterInfo> parameters) {
        return IntStream.range(0, parameters.size())
                .boxed()
                .sorted(Comparator.comparingLong(
                        index -> tensors.entry(parameters.get(index)).begin()))
                .toList();
    }

    private void readAsFloats(TensorEntry entry, ByteBuffer values) {
        // Narrower values go to the end of the room, from where they are widened forwards.
        int bytes = (int) entry.bytes();
        reader.read(entry, values.slice(values.limit() - bytes, bytes));
        if (entry.type() != DataType.F32) {
            HalfFloats.widen(values, entry.type());
        }
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

    @Override
    public void close() {
        reader.close();
    }

    /**
     * Writes a folder that {@link #open} and {@code AutoModelForCausalLM.from_pretrained} read. One that is there is
     * replaced only when the new one is whole.
     *
     * @param folder its final name; the folder above exists
     * @param config what {@code config.json} will say
     * @param store all parameters of the model
     * @param others writes what else belongs there, such as {@code tokenizer.json}
     * @throws CheckpointException when the disk is full or fails; the old folder is then still there
     * @throws IllegalArgumentException when the parameters are not those of the model
     */
    public static void save(Path folder, HuggingFaceConfig config, ParameterStore store, AtomicFolder.Content others) {
        List<ParameterInfo> parameters = store.parameters();
        List<ParameterInfo> expected = Gpt2Tensors.of(config.model());
        if (parameters.size() != expected.size() || !new HashSet<>(parameters).equals(new HashSet<>(expected))) {
            throw new IllegalArgumentException("the " + parameters.size() + " parameters are not the " + expected.size()
                    + " of " + config.model() + "; give all of this model");
        }
        AtomicFolder.write(folder, next -> {
            Files.writeString(next.resolve(CONFIG), config.toJson());
            writeWeights(next.resolve(WEIGHTS), store);
            others.writeInto(next);
        });
    }

    private static void writeWeights(Path file, ParameterStore store) {
        List<ParameterInfo> parameters = store.parameters();
        Map<String, Integer> indexes = new TreeMap<>();
        for (int index = 0; index < parameters.size(); index++) {
            indexes.put(Gpt2Tensors.PREFIX + parameters.get(index).name(), index);
        }
        List<ParameterInfo> stored = new ArrayList<>();
        indexes.forEach((name, index) ->
                stored.add(new ParameterInfo(name, parameters.get(index).shape())));
        try (BytePointer memory = memoryForLargest(stored)) {
            SafetensorsWriter.write(file, stored, (tensor, output) -> {
                ByteBuffer values = room(memory, tensor);
                store.read(Objects.requireNonNull(indexes.get(tensor.name())), values);
                output.accept(values.clear());
            });
        }
    }

    /** Off the heap and freed at once; a direct buffer's memory would wait for the garbage collector. */
    private static BytePointer memoryForLargest(List<ParameterInfo> parameters) {
        long largest =
                parameters.stream().mapToLong(HuggingFaceFolder::bytes).max().orElse(0);
        if (largest > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a parameter takes " + largest
                    + " bytes; use a vocabulary or hidden size that keeps each below 2^31");
        }
        return new BytePointer(largest);
    }

    private static ByteBuffer room(BytePointer memory, ParameterInfo parameter) {
        return memory.asByteBuffer().slice(0, (int) bytes(parameter)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long bytes(ParameterInfo parameter) {
        return DataType.F32.bytes(parameter.shape());
    }
}
