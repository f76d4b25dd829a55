package dev.trireme.generate;

import java.util.List;

/**
 * What a model made of a prompt.
 *
 * @param text what it appended, special tokens left out
 * @param ids the tokens of that text, without the one that ended it
 * @param promptTokens how many tokens the prompt was
 * @param stop why it ended
 */
public record Generation(String text, List<Integer> ids, int promptTokens, StopReason stop) {
    /** Keeps an unmodifiable copy. */
    public Generation {
        ids = List.copyOf(ids);
    }
}
