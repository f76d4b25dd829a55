package dev.trireme.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Finds a schedule for stages that are not alike. Where weights have times of their own, weight tasks are placed apart.
 *
 * <pre>
 *   named schedules that keep the cap ──┬──▶ the fastest three ──local search──▶ until the bound is reached
 *   some hundred greedy ones          ──┘                                         or all moves are tried
 * </pre>
 *
 * <p>The same problem always gives the same schedule: random numbers have a fixed seed, and effort is counted in moves,
 * not in seconds. Backward and weight tasks of a stage go by increasing micro-batch as everywhere, so that a found schedule
 * gives the bits of all others.
 */
public final class ScheduleSearch {
    private static final String NAME = "searched";
    private static final long SEED = 1;
    private static final int GREEDY_TASKS = 75_000; // of all greedy schedules together
    private static final int ROUNDS = 3; // of local search: each is hot at first and then cools down
    private static final long MOVED_TASKS =
            15_000_000; // of a round: moves, times the tasks that each may shift in time

    private final SearchProblem problem;
    private final OrderTimes times;
    private final long bound;
    private final List<Candidate> candidates = new ArrayList<>();
    private int[][] best = {};
    private long nanos = OrderTimes.STUCK;

    private ScheduleSearch(SearchProblem problem) {
        this.problem = problem;
        times = new OrderTimes(problem);
        bound = MakespanBound.nanos(problem);
        take(oneAfterTheOther());
    }

    /**
     * Searches for a few seconds at most, less where the bound is reached.
     *
     * @param problem costs and room
     * @return a schedule that keeps the cap, and is not slower than a named one that does
     */
    public static FoundSchedule run(SearchProblem problem) {
        Objects.requireNonNull(problem, "problem");
        ScheduleSearch search = new ScheduleSearch(problem);
        Optional<FoundSchedule.Named> named = search.takeNamed();
        SplittableRandom random = new SplittableRandom(SEED);
        search.takeGreedy(random);
        search.improve(random);
        Schedule schedule = DeviceOrders.schedule(NAME, problem, search.best).requireLive(problem.mostLive());
        return new FoundSchedule(schedule, search.nanos, named, search.bound);
    }

    private Optional<FoundSchedule.Named> takeNamed() {
        List<FoundSchedule.Named> all = new ArrayList<>();
        for (Schedule schedule : named()) {
            if (IntStream.range(0, problem.devices())
                    .allMatch(device -> schedule.liveActivations(device) <= problem.mostLive())) {
                all.add(new FoundSchedule.Named(
                        schedule.name(),
                        Simulation.run(schedule, problem.costs(), problem.transfers())
                                .makespanNanos()));
                take(DeviceOrders.of(schedule, problem.splitsWeights()));
            }
        }
        return all.stream().min(Comparator.comparingLong(FoundSchedule.Named::nanos));
    }

    private List<Schedule> named() {
        int m = problem.microBatches();
        int p = problem.devices();
        int chunks = problem.stages() / p;
        if (chunks == 1) {
            return List.of(Schedules.gPipe(m, p), Schedules.oneForwardOneBackward(m, p), Schedules.zeroBubble(m, p));
        }
        return m % p == 0 ? List.of(Schedules.interleaved(m, p, chunks)) : List.of();
    }

    private void takeGreedy(SplittableRandom random) {
        for (int i = 0; i <= GREEDY_TASKS / tasks() && nanos > bound; i++) {
            GreedyOrders.make(problem, random).ifPresent(this::take);
        }
    }

    /** From the best of those that were made, and from the runners-up. */
    private void improve(SplittableRandom random) {
        LocalSearch local = new LocalSearch(problem, times, random);
        List<Candidate> starts = candidates.stream()
                .sorted(Comparator.comparingLong(candidate -> candidate.nanos))
                .limit(ROUNDS)
                .toList();
        for (Candidate start : starts) {
            if (nanos > bound) {
                int[][] orders = start.orders;
                long improved = local.improve(orders, bound, MOVED_TASKS / tasks());
                if (improved < nanos) {
                    best = orders;
                    nanos = improved;
                }
            }
        }
    }

    private int tasks() {
        return DeviceOrders.KINDS * problem.stages() * problem.microBatches();
    }

    private void take(int[][] orders) {
        long makespan = times.makespan(orders);
        candidates.add(new Candidate(orders, makespan));
        if (makespan < nanos) {
            best = orders;
            nanos = makespan;
        }
    }

    /** What always keeps the cap: a micro-batch is done with before the next begins. */
    private int[][] oneAfterTheOther() {
        List<List<Integer>> orders = new ArrayList<>();
        for (int device = 0; device < problem.devices(); device++) {
            List<Integer> order = new ArrayList<>();
            for (int microBatch = 0; microBatch < problem.microBatches(); microBatch++) {
                for (int stage = device; stage < problem.stages(); stage += problem.devices()) {
                    order.add(DeviceOrders.KINDS * stage + DeviceOrders.FORWARD);
                }
                for (int stage = problem.stages() - problem.devices() + device;
                        stage >= 0;
                        stage -= problem.devices()) {
                    order.add(DeviceOrders.KINDS * stage + DeviceOrders.BACKWARD);
                    if (problem.splitsWeights()) {
                        order.add(DeviceOrders.KINDS * stage + DeviceOrders.WEIGHT);
                    }
                }
            }
            orders.add(order);
        }
        return orders.stream()
                .map(order -> order.stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new);
    }

    private static final class Candidate {
        private final int[][] orders;
        private final long nanos;

        Candidate(int[][] orders, long nanos) {
            this.orders = orders;
            this.nanos = nanos;
        }
    }
}
