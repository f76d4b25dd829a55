package dev.trireme.checkpoint;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.HostMemory;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.model.ModelConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Parameters that are loaded from a model with fewer tokens. The rows of new tokens, in the embedding and in a head of
 * its own, become the mean of the rows before them (Hewitt 2021), summed in order as float64, so that every layout has
 * the same bits.
 *
 * <pre>
 *   rows of the file     0 … first - 1 │ padding that it may have
 *   rows of the stage    0 … first - 1 │ first … end - 1: the mean │ padding
 * </pre>
 */
public final class GrownParameters implements ParameterStore {
    private final ParameterStore stages;
    private final List<ParameterInfo> stored = new ArrayList<>();
    private final List<Optional<double[]>> sums =
            new ArrayList<>(); // of the columns, of parameters with a row for each token
    private final long first;
    private final long end;

    /**
     * Wraps the parameters of a model.
     *
     * @param stages gets the values
     * @param base the model that they are loaded from
     * @param first id of the first new token
     * @param end id after the last new token
     */
    public GrownParameters(ParameterStore stages, ModelConfig base, int first, int end) {
        NullChecks.require("stages", stages, "base", base);
        this.stages = stages;
        this.first = first;
        this.end = end;
        ModelTensors names = ModelTensors.of(base);
        for (ParameterInfo parameter : stages.parameters()) {
            boolean ofTokens = parameter.name().equals(names.embedding())
                    || parameter.name().equals(names.head());
            long columns = parameter.shape().get(parameter.shape().size() - 1);
            stored.add(
                    ofTokens
                            ? new ParameterInfo(parameter.name(), List.of((long) base.vocabulary(), columns))
                            : parameter);
            sums.add(ofTokens ? Optional.of(new double[Math.toIntExact(columns)]) : Optional.empty());
        }
    }

    @Override
    public List<ParameterInfo> parameters() {
        return List.copyOf(stored);
    }

    @Override
    public void write(int index, long from, ByteBuffer values) {
        Objects.requireNonNull(values, "values");
        stages.write(index, from, values);
        sums.get(index).ifPresent(columns -> add(columns, from, floats(values)));
    }

    private void add(double[] columns, long from, FloatBuffer values) {
        long count = Math.min(values.remaining(), first * columns.length - from);
        for (int i = 0; i < count; i++) {
            columns[(int) ((from + i) % columns.length)] += values.get(i);
        }
    }

    @Override
    public void read(int index, ByteBuffer values) {
        Objects.requireNonNull(values, "values");
        throw new UnsupportedOperationException("parameters that grow are written only; read the stages");
    }

    /** Sets the rows of the new tokens. To be called once, after all else is loaded. */
    public void fillNewRows() {
        for (int index = 0; index < sums.size(); index++) {
            if (sums.get(index).isPresent()) {
                fill(index, sums.get(index).get());
            }
        }
    }

    private void fill(int index, double[] columns) {
        try (HostMemory memory = HostMemory.allocate((long) Float.BYTES * columns.length)) {
            ByteBuffer row = memory.buffer().order(ByteOrder.LITTLE_ENDIAN);
            FloatBuffer mean = floats(row);
            for (int column = 0; column < columns.length; column++) {
                mean.put(column, (float) (columns[column] / first));
            }
            for (long token = first; token < end; token++) {
                stages.write(index, token * columns.length, row.duplicate().order(ByteOrder.LITTLE_ENDIAN));
            }
        }
    }

    private static FloatBuffer floats(ByteBuffer values) {
        return values.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
}
