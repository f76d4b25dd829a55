package dev.trireme.data;

import dev.trireme.config.NullChecks;

/**
 * A view of some values of a dataset, in any order.
 *
 * @param <T> what it holds
 */
public final class Partition<T> implements Dataset<T> {
    private final Dataset<T> data;
    private final int[] indices;

    /**
     * Makes a view.
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
