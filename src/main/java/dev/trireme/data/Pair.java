package dev.trireme.data;

/**
 * A sentence and its translation.
 *
 * @param source the sentence to translate
 * @param target its translation
 */
public record Pair(String source, String target) {}
