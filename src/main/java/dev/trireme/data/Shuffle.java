package dev.trireme.data;

import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Random orders, the same on every machine and JDK: {@link Random}'s numbers are part of its specification. */
public final class Shuffle {
    private Shuffle() {}

    /** The numbers 0 to {@code count - 1} in the order that the seed gives (Fisher–Yates). */
    public static int[] permutation(int count, long seed) {
        int[] order = IntStream.range(0, count).toArray();
        Random random = new Random(seed);
        for (int last = count - 1; last > 0; last--) {
            int chosen = random.nextInt(last + 1);
            int moved = order[last];
            order[last] = order[chosen];
            order[chosen] = moved;
        }
        return order;
    }

    static <T> List<T> shuffled(Collection<T> values, long seed) {
        List<T> list = List.copyOf(values);
        return IntStream.of(permutation(list.size(), seed)).mapToObj(list::get).toList();
    }

    /** A seed of its own for each number, unrelated to its neighbours' (the finalizer of SplitMix64). */
    static long seed(long seed, long number) {
        long mixed = seed + (number + 1) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
