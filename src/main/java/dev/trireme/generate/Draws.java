package dev.trireme.generate;

/** Keys of random numbers, which depend on the seed, the prompt and the choice alone (SplitMix64, used as a hash). */
final class Draws {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Draws() {}

    /** The key of a text's draws. */
    static long key(long seed, int[] prompt, int choice) {
        long key = mix(seed + GOLDEN);
        for (int id : prompt) {
            key = mix(key + id + GOLDEN);
        }
        return choice == 0 ? key : mix(key - choice * GOLDEN);
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
