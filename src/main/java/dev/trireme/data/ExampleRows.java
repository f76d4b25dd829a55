package dev.trireme.data;

import java.util.List;
import java.util.Objects;

/** Training rows with random access, whose sizes are known without making them. */
public interface ExampleRows extends Dataset<Example> {
    /**
     * How many tokens a row has.
     *
     * @param index of the row
     * @return {@code get(index).length()}
     */
    int length(int index);

    /**
     * How many tokens of a row are predicted with a weight.
     *
     * @param index of the row
     * @return {@code get(index).labels()}
     */
    int labels(int index);

    /**
     * Rows in memory; those without any label are left out, so that no loss is divided by 0.
     *
     * @param examples the rows
     * @return a view of those with labels
     */
    static ExampleRows of(List<Example> examples) {
        Objects.requireNonNull(examples, "examples");
        List<Example> labelled =
                examples.stream().filter(example -> example.totalWeight() > 0).toList();
        return new ExampleRows() {
            @Override
            public int size() {
                return labelled.size();
            }

            @Override
            public Example get(int index) {
                return labelled.get(index);
            }

            @Override
            public int length(int index) {
                return labelled.get(index).length();
            }

            @Override
            public int labels(int index) {
                return labelled.get(index).labels();
            }
        };
    }
}
