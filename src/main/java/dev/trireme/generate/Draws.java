package dev.trireme.generate;

/** Random numbers that depend on the seed, the prompt and the position in the text alone (SplitMix64, used as a hash). */
final class Draws {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Draws() {}

    /** The part of the key that is constant for a sequence: seed and prompt. */
    static long key(long seed, int[] prompt) {
        long key = mix(seed + GOLDEN);
        for (int id : prompt) {
            key = mix(key + id + GOLDEN);
        }
        return key;
    }

    /** A uniform number in [0, 1), in steps of 2^-53. */
    static double uniform(long key, int position) {
        return (mix(key + (position + 1) * GOLDEN) >>> 11) * 0x1p-53;
    }

    /** As {@link #uniform(long, int)}, with another number for each attempt. */
    static double uniform(long key, int position, int attempt) {
        return uniform(attempt == 0 ? key : mix(key + attempt), position);
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
