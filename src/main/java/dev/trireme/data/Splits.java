package dev.trireme.data;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * A corpus in three disjoint parts.
 *
 * @param train training data of the model and its tokenizer
 * @param validation evaluated after every epoch
 * @param test translated at the end
 */
public record Splits(List<Pair> train, List<Pair> validation, List<Pair> test) {
    /** Keeps unmodifiable copies. */
    public Splits {
        NullChecks.require("train", train, "validation", validation, "test", test);
        train = List.copyOf(train);
        validation = List.copyOf(validation);
        test = List.copyOf(test);
    }
}
