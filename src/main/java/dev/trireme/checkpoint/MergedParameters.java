package dev.trireme.checkpoint;

import dev.trireme.engine.HostMemory;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.model.ModelConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A model's parameters with its low-rank updates folded in: W + (alpha / rank) B A, each sum in float64 and rounded once.
 *
 * <pre>
 *   W (out, in), or (in, out) in files of GPT-2      A (rank, in)      B (out, rank)
 * </pre>
 */
final class MergedParameters implements ParameterStore {
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";
    private static final String WEIGHT = ".weight";

    private final ParameterStore base;
    private final ParameterStore updates;
    private final Map<String, Integer> indices = new HashMap<>(); // of the updates, by name
    private final double scale;
    private final boolean transposed;

    MergedParameters(ParameterStore base, ParameterStore updates, ModelConfig model) {
        this.base = base;
        this.updates = updates;
        this.scale = model.tuning().lora().scale();
        this.transposed = model.format().transposed();
        List<ParameterInfo> all = updates.parameters();
        IntStream.range(0, all.size())
                .forEach(index -> indices.put(all.get(index).name(), index));
    }

    @Override
    public List<ParameterInfo> parameters() {
        return base.parameters();
    }

    @Override
    public void write(int index, long first, ByteBuffer values) {
        throw new UnsupportedOperationException("merged parameters are read only");
    }

    @Override
    public void read(int index, ByteBuffer values) {
        FloatBuffer weight = values.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        base.read(index, values);
        String name = parameters().get(index).name();
        String module = name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
        if (indices.containsKey(module + A)) {
            add(weight, read(module + A), read(module + B));
        }
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Matrix(int rows, int columns, float[] values) {
        Matrix turned() {
            float[] turned = new float[values.length];
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    turned[column * rows + row] = values[row * columns + column];
                }
            }
            return new Matrix(/* rows= */ columns, /* columns= */ rows, turned);
        }
    }

    private Matrix read(String name) {
        int index = Objects.requireNonNull(indices.get(name));
        List<Long> shape = updates.parameters().get(index).shape();
        int rows = Math.toIntExact(shape.get(0));
        int columns = Math.toIntExact(shape.get(1));
        float[] values = new float[Math.multiplyExact(rows, columns)];
        try (HostMemory memory = HostMemory.allocate((long) Float.BYTES * values.length)) {
            ByteBuffer bytes = memory.buffer().order(ByteOrder.LITTLE_ENDIAN);
            updates.read(index, bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN));
            bytes.asFloatBuffer().get(values);
        }
        return new Matrix(rows, columns, values);
    }

    /** Row by row of the file: weight[i] += scale left[i] right. */
    private void add(FloatBuffer weight, Matrix a, Matrix b) {
        Matrix left = transposed ? a.turned() : b;
        Matrix right = transposed ? b.turned() : a;
        double[] sum = new double[right.columns];
        for (int row = 0; row < left.rows; row++) {
            int begin = row * right.columns;
            for (int column = 0; column < sum.length; column++) {
                sum[column] = 0;
            }
            for (int r = 0; r < left.columns; r++) {
                double factor = scale * left.values[row * left.columns + r];
                for (int column = 0; column < sum.length; column++) {
                    sum[column] += factor * right.values[r * sum.length + column];
                }
            }
            for (int column = 0; column < sum.length; column++) {
                weight.put(begin + column, (float) (weight.get(begin + column) + sum[column]));
            }
        }
    }
}
