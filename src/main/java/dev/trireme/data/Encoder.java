package dev.trireme.data;

import java.util.List;

/** Turns texts into token ids; {@code texts -> texts.stream().map(tokenizer::encode).toList()} makes one. */
@FunctionalInterface
public interface Encoder {
    /**
     * Encodes texts.
     *
     * @param texts any texts
     * @return the ids of each, without special tokens, in the same order
     */
    List<int[]> encodeAll(List<String> texts);
}
