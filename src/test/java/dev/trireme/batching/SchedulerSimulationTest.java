package dev.trireme.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ten thousand jobs arrive at random. A cache that remembers which text wrote each position of each block stands for
 * the model: it sees at once when a block is read that another text wrote to, or that was never written.
 */
class SchedulerSimulationTest {
    private static final int JOBS = 10_000;
    private static final BlockKey ROOT = BlockKey.root("a model");

    private final Map<Integer, long[]> cache = new HashMap<>(); // of each block's positions, a hash of the ids up to it
    private final Map<Job, Integer> left = new HashMap<>(); // tokens that a job still generates
    private final Deque<Iteration> flight = new ArrayDeque<>();

    @ParameterizedTest(name = "seed {0}: {1} blocks, {2} rows, {3} tokens, chunks of {4}, {5} groups")
    @CsvSource({
        "1, 40, 16, 64, 32, 1",
        "2, 400, 64, 256, 256, 1",
        "3, 24, 8, 40, 16, 1",
        "4, 60, 16, 64, 32, 2",
        "5, 200, 32, 128, 512, 4",
        "6, 24, 64, 512, 512, 3"
    })
    void everyJobRunsWithinTheLimitsAndNoneStarves(int seed, int blocks, int rows, int tokens, int chunk, int groups) {
        BatchLimits limits = new BatchLimits(blocks, rows, tokens, chunk, groups, true);
        Scheduler scheduler = new Scheduler(limits);
        Random random = new Random(seed);
        int arrived = 0;
        int done = 0;
        while (done < JOBS) {
            while (arrived < Math.min(JOBS, done + 100) && random.nextInt(4) > 0) {
                scheduler.add(randomJob(random, limits));
                arrived++;
            }
            Optional<Iteration> next = scheduler.next();
            next.ifPresent(iteration -> {
                check(iteration, limits);
                flight.add(iteration);
            });
            if (next.isEmpty() && flight.isEmpty()) {
                assertThat(scheduler.isIdle())
                        .as("no job waits while nothing runs")
                        .isTrue();
            }
            scheduler.check();
            if (!flight.isEmpty() && (next.isEmpty() || random.nextBoolean())) {
                done += complete(scheduler, flight.remove(), random);
            }
        }
        BatchCounts counts = scheduler.counts();
        assertThat(counts.blocksInUse()).isZero();
        assertThat(counts.sharingJobs()).isPositive();
        assertThat(counts.chunks()).isPositive();
        if (blocks < 2 * rows) {
            assertThat(counts.preemptions()).isGreaterThan(50);
        }
    }

    private Job randomJob(Random random, BatchLimits limits) {
        int width = random.nextInt(5) == 0 ? 1 + random.nextInt(3) : 1;
        int most = Math.min(limits.blocks() / width, 12) * BatchLimits.POSITIONS;
        int prompt = 1 + random.nextInt(Math.min(most - 1, random.nextInt(3) == 0 ? 300 : 60));
        int generated = 1 + random.nextInt(Math.min(most - prompt, 40));
        int topic = random.nextInt(20); // equal beginnings of different lengths
        int own = random.nextInt(prompt + 1);
        int[] ids = IntStream.range(0, prompt)
                .map(i -> i < own ? topic * 1000 + i : random.nextInt(1000))
                .toArray();
        Job job = new Job(
                new Branch(ids, ROOT),
                new Job.Needs(prompt + generated, width, random.nextInt(9) > 0, random.nextInt(30) > 0));
        left.put(job, generated);
        return job;
    }

    private void check(Iteration iteration, BatchLimits limits) {
        iteration
                .copies()
                .forEach(copy -> cache.put(copy.to(), block(copy.from()).clone()));
        Set<Branch> seen = new HashSet<>();
        int decoding = 0;
        for (Iteration.Span span : iteration.spans()) {
            assertThat(seen.add(span.branch())).isTrue();
            assertThat(span.count()).isBetween(1, limits.chunk());
            decoding += span.count() == 1 && seen.size() <= iteration.decoding() ? 1 : 0;
            write(span);
        }
        iteration.spans().forEach(this::read); // as every layer does it: all are written before any is read
        assertThat(decoding).as("decoding texts come first").isEqualTo(iteration.decoding());
        assertThat(iteration.decoding()).isLessThanOrEqualTo(limits.rows());
        assertThat(iteration.tokens()).isLessThanOrEqualTo(limits.tokens());
    }

    private void write(Iteration.Span span) {
        int end = span.first() + span.count();
        int[] table = span.branch().table(end);
        for (int position = span.first(); position < end; position++) {
            cache.computeIfAbsent(table[position / 32], block -> new long[32])[position % 32] =
                    hash(span.branch(), position);
        }
    }

    private void read(Iteration.Span span) {
        int end = span.first() + span.count();
        int[] table = span.branch().table(end);
        for (int position = 0; position < end; position++) {
            assertThat(block(table[position / 32])[position % 32]).isEqualTo(hash(span.branch(), position));
        }
    }

    private long[] block(int number) {
        return Objects.requireNonNull(cache.get(number));
    }

    private static long hash(Branch branch, int position) {
        long hash = 17;
        for (int i = Math.max(0, position - 8); i <= position; i++) {
            hash = 31 * hash + branch.id(i);
        }
        return 31 * hash + position;
    }

    private int complete(Scheduler scheduler, Iteration iteration, Random random) {
        scheduler.complete(iteration);
        int done = 0;
        Set<Job> stepped = new HashSet<>();
        for (Iteration.Span span : iteration.spans()) {
            Job job = span.job();
            if (span.chooses() && left.containsKey(job) && stepped.add(job)) {
                boolean ends = left.merge(job, -1, Integer::sum) == 0 || random.nextInt(200) == 0;
                if (ends) {
                    scheduler.remove(job);
                    left.remove(job);
                    done++;
                } else {
                    step(scheduler, job, random);
                }
            } else if (left.containsKey(job) && random.nextInt(500) == 0) { // cancelled, perhaps while it is in flight
                scheduler.remove(job);
                left.remove(job);
                done++;
            }
        }
        return done;
    }

    /** Every branch gets a token; a job of several branches shuffles them, as beams do. */
    private static void step(Scheduler scheduler, Job job, Random random) {
        int width = job.needs().width();
        if (width > 1) {
            List<Branch> children = new ArrayList<>();
            for (int i = 0; i < width; i++) {
                children.add(scheduler.fork(
                        job.branches().get(random.nextInt(job.branches().size()))));
            }
            scheduler.become(job, children);
        }
        job.branches().forEach(branch -> branch.append(random.nextInt(1000)));
    }
}
