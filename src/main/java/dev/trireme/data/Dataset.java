package dev.trireme.data;

import java.util.List;
import java.util.Objects;

/**
 * Values with random access by index.
 *
 * @param <T> what it holds
 */
public interface Dataset<T> {
    /**
     * How many there are.
     *
     * @return the count, 0 or more
     */
    int size();

    /**
     * Gives one value.
     *
     * @param index its number, from 0 to below {@link #size()}
     * @return the value
     * @throws IndexOutOfBoundsException for any other number
     */
    T get(int index);

    /**
     * A view of a list as a dataset.
     *
     * @param list the values, not copied
     * @param <T> what it holds
     * @return a view
     */
    static <T> Dataset<T> of(List<T> list) {
        Objects.requireNonNull(list, "list");
        return new Dataset<>() {
            @Override
            public int size() {
                return list.size();
            }

            @Override
            public T get(int index) {
                return list.get(index);
            }
        };
    }
}
