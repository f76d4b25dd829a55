package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Uninterrupted;
import dev.trireme.generate.Percentiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/** Puts a load on a target, in this process or behind a URL, and measures what its users would. */
public final class ServingBench {
    /** A request of the load. */
    private static final class Sent {
        final int[] prompt;
        final int newTokens;
        final double gapSeconds; // after the one before
        final long[] times;
        int tokens;
        long arrival;

        Sent(int[] prompt, int newTokens, double gapSeconds) {
            this.prompt = prompt;
            this.newTokens = newTokens;
            this.gapSeconds = gapSeconds;
            this.times = new long[newTokens];
        }

        synchronized void token(long time) {
            if (tokens < times.length) {
                times[tokens++] = time;
            }
        }

        synchronized long[] told() {
            return Arrays.copyOf(times, tokens);
        }
    }

    private final ServingConfig config;
    private final ServingTarget target;

    private ServingBench(ServingConfig config, ServingTarget target) {
        this.config = config;
        this.target = target;
    }

    /**
     * Measures a load. The same load has the same requests wherever it is put.
     *
     * @param config the load
     * @param target what it is put on
     * @return how it fared
     * @throws IllegalStateException when a request fails
     */
    public static ServingResult measure(ServingConfig config, ServingTarget target) {
        NullChecks.require("config", config, "target", target);
        return new ServingBench(config, target).measure();
    }

    private ServingResult measure() {
        List<Sent> all = load();
        long begin = System.nanoTime();
        List<CompletableFuture<Integer>> running = config.rate() > 0 ? openLoop(all) : closedLoop(all);
        long tokens = running.stream().mapToLong(ServingBench::await).sum();
        long[] first = new long[all.size()];
        LongStream.Builder between = LongStream.builder();
        long end = begin;
        for (int i = 0; i < first.length; i++) {
            Sent sent = all.get(i);
            long[] times = sent.told();
            first[i] = times.length == 0 ? 0 : times[0] - sent.arrival;
            for (int t = 1; t < times.length; t++) {
                between.add(times[t] - times[t - 1]);
            }
            end = times.length == 0 ? end : Math.max(end, times[times.length - 1]);
        }
        return new ServingResult(
                config,
                (end - begin) / 1e9,
                all.stream().mapToLong(sent -> sent.prompt.length).sum(),
                tokens,
                Percentiles.of(first),
                Percentiles.of(between.build().toArray()));
    }

    private List<Sent> load() {
        Random random = new Random(config.seed());
        int[] shared =
                random.ints(config.sharedPrefix(), 0, target.vocabulary()).toArray();
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < config.requests(); i++) {
            int length = drawn(random, config.prompt());
            int[] prompt = Arrays.copyOf(shared, shared.length + length);
            int[] own = random.ints(length, 0, target.vocabulary()).toArray();
            System.arraycopy(own, 0, prompt, shared.length, length);
            double gap = config.rate() > 0 ? -Math.log(1 - random.nextDouble()) / config.rate() : 0;
            all.add(new Sent(prompt, drawn(random, config.newTokens()), gap));
        }
        return all;
    }

    private static int drawn(Random random, ServingConfig.Range range) {
        return range.least() + random.nextInt(range.most() - range.least() + 1);
    }

    private List<CompletableFuture<Integer>> openLoop(List<Sent> all) {
        List<CompletableFuture<Integer>> running = new ArrayList<>();
        double due = System.nanoTime();
        for (Sent sent : all) {
            due += sent.gapSeconds * 1e9;
            long wait = (long) due - System.nanoTime();
            if (wait > 0) {
                Uninterrupted.await(() -> {
                    TimeUnit.NANOSECONDS.sleep(wait);
                    return true;
                });
            }
            running.add(start(sent));
        }
        return running;
    }

    private List<CompletableFuture<Integer>> closedLoop(List<Sent> all) {
        Semaphore places = new Semaphore(config.concurrency());
        List<CompletableFuture<Integer>> running = new ArrayList<>();
        for (Sent sent : all) {
            places.acquireUninterruptibly();
            running.add(start(sent).whenComplete((done, failure) -> places.release()));
        }
        return running;
    }

    private CompletableFuture<Integer> start(Sent sent) {
        sent.arrival = System.nanoTime();
        return target.start(sent.prompt, sent.newTokens, sent::token);
    }

    private static int await(CompletableFuture<Integer> request) {
        try {
            return Uninterrupted.await(request::get);
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new IllegalStateException("a request failed: " + cause.getMessage(), cause);
        }
    }
}
