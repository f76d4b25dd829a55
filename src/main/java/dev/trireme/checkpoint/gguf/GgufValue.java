package dev.trireme.checkpoint.gguf;

import java.util.List;

/**
 * A value of a file's metadata.
 *
 * @param offset where it begins in the file
 * @param content a {@link String}, {@link Long}, {@link Double} or {@link Boolean}, or an array: {@link Texts},
 *     {@link Wholes} or {@link Reals}
 */
record GgufValue(long offset, Object content) {
    /** An array of strings. */
    record Texts(List<String> values) {}

    /** An array of integers, or of booleans as 0 and 1. */
    @SuppressWarnings("ArrayRecordComponent") // a vocabulary has a number for each token
    record Wholes(long[] values) {}

    /** An array of floats. */
    @SuppressWarnings("ArrayRecordComponent")
    record Reals(double[] values) {}
}
