package dev.trireme.data;

import dev.trireme.config.NullChecks;

/**
 * Some values of a dataset in an order of its own: a view, nothing is copied.
 *
 * @param <T> what it holds
 */
public final class Partition<T> implements Dataset<T> {
    private final Dataset<T> data;
    private final int[] indices;

    /**
     * Looks at values of a dataset.
     *
     * @param data the whole
     * @param indices which of its values, in order
     */
    public Partition(Dataset<T> data, int[] indices) {
        NullChecks.require("data", data, "indices", indices);
        this.data = data;
        this.indices = indices.clone();
    }

    @Override
    public int size() {
        return indices.length;
    }

    @Override
    public T get(int index) {
        return data.get(indices[index]);
    }
}
