package dev.trireme.generate;

import java.util.List;

/** A group of sequences that are decoded through one cache, in waves that fill its slots. */
final class DecodeGroup implements Runnable, AutoCloseable {
    private final List<Sequence> texts;
    private final int atOnce;
    private final DecodingStrategy strategy;
    private final CacheSlots cache;
    private final Stopwatch watch = new Stopwatch();

    /** @param atOnce sequences of a wave */
    DecodeGroup(List<Sequence> texts, int atOnce, DecodingStrategy strategy, CacheSlots cache) {
        this.texts = texts;
        this.atOnce = atOnce;
        this.strategy = strategy;
        this.cache = cache;
    }

    @Override
    public void run() {
        for (int begin = 0; begin < texts.size(); begin += atOnce) {
            strategy.decode(texts.subList(begin, Math.min(begin + atOnce, texts.size())), cache, watch);
        }
    }

    Timing timing() {
        return watch.timing();
    }

    @Override
    public void close() {
        cache.close();
    }
}
