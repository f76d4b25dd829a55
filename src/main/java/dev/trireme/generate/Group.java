package dev.trireme.generate;

import java.util.List;

/** Texts that grow through one cache, in waves of as many as its rows have room for. */
final class Group implements Runnable, AutoCloseable {
    private final List<Sequence> texts;
    private final int atOnce;
    private final Growth growth;
    private final CacheRows cache;
    private final Stopwatch watch = new Stopwatch();

    /** @param atOnce texts of a wave */
    Group(List<Sequence> texts, int atOnce, Growth growth, CacheRows cache) {
        this.texts = texts;
        this.atOnce = atOnce;
        this.growth = growth;
        this.cache = cache;
    }

    @Override
    public void run() {
        for (int begin = 0; begin < texts.size(); begin += atOnce) {
            growth.grow(texts.subList(begin, Math.min(begin + atOnce, texts.size())), cache, watch);
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
