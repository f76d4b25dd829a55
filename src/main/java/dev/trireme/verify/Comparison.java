package dev.trireme.verify;

import dev.trireme.checkpoint.SafetensorsReader;
import dev.trireme.checkpoint.TensorEntry;
import dev.trireme.config.NullChecks;
import dev.trireme.verify.Verification.Trained;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The differences between a layout's training and that of the first layout.
 *
 * @param layout that was compared
 * @param largestUlps largest difference of a final weight, in units in the last place; 0 when all bits are equal
 * @param firstDifference the first step, from 1, and parameter that differ; empty when none does
 * @param sameFile whether {@code model.safetensors} has the same bytes
 * @param sameLosses whether the losses of all steps are equal
 * @param tokensPerSecond of the median step
 */
public record Comparison(
        Layout layout,
        long largestUlps,
        Optional<String> firstDifference,
        boolean sameFile,
        boolean sameLosses,
        double tokensPerSecond) {
    /** Checks that no component is null. */
    public Comparison {
        NullChecks.require("layout", layout, "firstDifference", firstDifference);
    }

    private static final String WEIGHTS = "model/model.safetensors";

    /**
     * Whether nothing differs.
     *
     * @return true if every weight after every step, the final file and all losses are equal
     */
    public boolean isEqual() {
        return largestUlps == 0 && firstDifference.isEmpty() && sameFile && sameLosses;
    }

    static Comparison of(Trained trained, Trained reference) {
        Path weights = trained.folder().resolve(WEIGHTS);
        Path expected = reference.folder().resolve(WEIGHTS);
        try {
            return new Comparison(
                    trained.layout(),
                    largestUlps(weights, expected),
                    firstDifference(trained.trace(), reference.trace()),
                    Files.mismatch(weights, expected) < 0,
                    trained.trace().losses().equals(reference.trace().losses()),
                    trained.trace().tokensPerSecond());
        } catch (IOException e) {
            throw new UncheckedIOException("the weights of layout " + trained.layout() + " cannot be compared", e);
        }
    }

    private static Optional<String> firstDifference(Trace trace, Trace expected) {
        for (int step = 0; step < expected.hashes().size(); step++) {
            for (String parameter : expected.parameters()) {
                if (!trace.hash(step, parameter).equals(expected.hash(step, parameter))) {
                    return Optional.of("step " + (step + 1) + ", " + parameter);
                }
            }
        }
        return Optional.empty();
    }

    private static long largestUlps(Path file, Path reference) {
        long largest = 0;
        try (SafetensorsReader tensors = SafetensorsReader.open(file);
                SafetensorsReader expected = SafetensorsReader.open(reference)) {
            for (TensorEntry entry : expected.tensors().values()) {
                ByteBuffer values = read(tensors, tensors.tensor(entry.name()));
                ByteBuffer truths = read(expected, entry);
                while (truths.hasRemaining()) {
                    largest = Math.max(largest, Math.abs(ordered(values.getInt()) - ordered(truths.getInt())));
                }
            }
        }
        return largest;
    }

    private static ByteBuffer read(SafetensorsReader reader, TensorEntry entry) {
        ByteBuffer values = ByteBuffer.allocate(Math.toIntExact(entry.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        reader.read(entry, values);
        return values.flip();
    }

    /** Maps float bits to integers in the order of the floats, so that adjacent floats differ by 1. */
    private static long ordered(int bits) {
        return bits < 0 ? -(bits & 0x7fffffffL) : bits;
    }
}
