package dev.trireme.data.grammar;

import java.util.List;
import java.util.SplittableRandom;

/** Seeded choices; {@link SplittableRandom} is specified to the bit, so a seed gives the same on every JDK. */
final class Dice {
    private final SplittableRandom random;

    Dice(long seed) {
        random = new SplittableRandom(seed);
    }

    boolean percent(int chance) {
        return random.nextInt(100) < chance;
    }

    int between(int least, int most) {
        return random.nextInt(least, most + 1);
    }

    <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    @SafeVarargs
    final <T> T pick(T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
