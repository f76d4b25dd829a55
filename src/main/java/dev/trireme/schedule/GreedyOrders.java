package dev.trireme.schedule;

import static dev.trireme.schedule.DeviceOrders.BACKWARD;
import static dev.trireme.schedule.DeviceOrders.FORWARD;
import static dev.trireme.schedule.DeviceOrders.KINDS;
import static dev.trireme.schedule.DeviceOrders.WEIGHT;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A schedule made from its beginning to its end: whichever device is free first takes a backward task if one is there, else
 * a forward task if there is room, else one of the weight tasks that wait. Some numbers, drawn at random, say how long it
 * rather sits idle because something better is about to arrive, and how many micro-batches it takes in.
 */
final class GreedyOrders {
    private static final long NEVER = Long.MAX_VALUE;

    private final SearchProblem problem;
    private final long[] nanos;
    private final long[] ways;
    private final long[][] ends; // of each code, those that are placed
    private final int[] done; // of each code
    private final long[] free; // of each device
    private final int[] live; // of each device
    private final int[][] orders;
    private final int[] length; // of each device's order
    private final int[] room; // activations that a device takes in
    private final double forwardPatience; // share of a forward task to idle before it for a backward task
    private final double weightPatience; // share of a weight task to idle before it for either
    private final int mostWaiting; // weight tasks of a device, before they go in front of forward tasks

    private GreedyOrders(SearchProblem problem, SplittableRandom random) {
        this.problem = problem;
        int codes = KINDS * problem.stages();
        nanos = DeviceOrders.nanos(problem);
        ways = DeviceOrders.ways(problem);
        ends = new long[codes][problem.microBatches()];
        done = new int[codes];
        free = new long[problem.devices()];
        live = new int[problem.devices()];
        int kinds = problem.splitsWeights() ? KINDS : KINDS - 1;
        orders = new int[problem.devices()][kinds * problem.microBatches() * problem.stages() / problem.devices()];
        length = new int[problem.devices()];
        room = new int[problem.devices()];
        int chunks = problem.stages() / problem.devices();
        for (int device = 0; device < room.length; device++) {
            int most = problem.mostLive();
            boolean less = random.nextInt(3) == 0; // holding less now and then leaves room when it matters
            room[device] = less ? Math.max(chunks, most - random.nextInt(1 + most / 3)) : most;
        }
        forwardPatience = random.nextInt(4) / 3.0;
        weightPatience = random.nextInt(5) / 4.0;
        mostWaiting = random.nextInt(2) == 0 ? problem.mostLive() : random.nextInt(1 + problem.mostLive());
    }

    /** Nothing, where devices with several stages filled up with the first ones and wait for each other. */
    static Optional<int[][]> make(SearchProblem problem, SplittableRandom random) {
        GreedyOrders greedy = new GreedyOrders(problem, random);
        int total = Arrays.stream(greedy.orders).mapToInt(order -> order.length).sum();
        for (int placed = 0; placed < total; ) {
            int device = greedy.nextDevice();
            if (device < 0) {
                return Optional.empty();
            }
            placed += greedy.decide(device) ? 1 : 0;
        }
        return Optional.of(greedy.orders);
    }

    /** The one that can start a task first. */
    private int nextDevice() {
        int best = -1;
        long bestTime = NEVER;
        for (int device = 0; device < free.length; device++) {
            long arrival = Math.min(arrival(best(device, BACKWARD)), arrival(best(device, FORWARD)));
            long time = best(device, WEIGHT) >= 0 ? free[device] : Math.max(free[device], arrival);
            if (time < bestTime) {
                best = device;
                bestTime = time;
            }
        }
        if (best >= 0) {
            free[best] = bestTime;
        }
        return best;
    }

    /** Places a task, or idles until one arrives that is worth it. */
    private boolean decide(int device) {
        long now = free[device];
        int backward = best(device, BACKWARD);
        int forward = best(device, FORWARD);
        int weight = best(device, WEIGHT);
        long backwardAt = arrival(backward);
        long forwardAt = arrival(forward);
        if (backwardAt <= now) {
            return place(device, backward);
        }
        boolean manyWait = weight >= 0 && waitingWeights(device) > mostWaiting;
        if (forwardAt <= now && !manyWait && backwardAt >= now + forwardPatience * nanos[forward]) {
            return place(device, forward);
        }
        long soonest = Math.min(backwardAt, Math.max(now, forwardAt));
        if (weight >= 0 && (manyWait || soonest == NEVER || soonest >= now + weightPatience * nanos[weight])) {
            return place(device, weight);
        }
        if (backwardAt < NEVER && backwardAt >= now && (forwardAt > now || forwardPatience > 0)) {
            free[device] = Math.min(backwardAt, forwardAt > now ? forwardAt : NEVER);
            return false;
        }
        return place(device, forwardAt <= now ? forward : weight >= 0 ? weight : forward);
    }

    private boolean place(int device, int code) {
        long start = Math.max(free[device], code % KINDS == WEIGHT ? 0 : arrival(code));
        ends[code][done[code]++] = start + nanos[code];
        free[device] = start + nanos[code];
        orders[device][length[device]++] = code;
        if (code % KINDS == FORWARD) {
            live[device]++;
        } else if (code % KINDS == (problem.splitsWeights() ? WEIGHT : BACKWARD)) {
            live[device]--;
        }
        return true;
    }

    private int waitingWeights(int device) {
        int waiting = 0;
        for (int stage = device; stage < problem.stages(); stage += problem.devices()) {
            waiting += done[KINDS * stage + BACKWARD] - done[KINDS * stage + WEIGHT];
        }
        return waiting;
    }

    /** The code of a kind that a device could do soonest, the deepest stage of those; -1 if none is known yet. */
    private int best(int device, int kind) {
        int best = -1;
        for (int stage = device; stage < problem.stages(); stage += problem.devices()) {
            int code = KINDS * stage + kind;
            boolean possible = switch (kind) {
                case FORWARD -> done[code] < problem.microBatches() && live[device] < room[device];
                case BACKWARD -> done[code] < done[code - 1];
                default -> problem.splitsWeights() && done[code] < done[code - 1];
            };
            if (possible
                    && (kind == WEIGHT || arrival(code) < NEVER)
                    && (best < 0 || kind == WEIGHT || sooner(code, best, device))) {
                best = code;
            }
        }
        return best;
    }

    private boolean sooner(int code, int other, int device) {
        return Math.max(free[device], arrival(code)) <= Math.max(free[device], arrival(other));
    }

    /** When the input of the next task of a code is there; {@link #NEVER} if that is not known yet. */
    private long arrival(int code) {
        if (code < 0) {
            return NEVER;
        }
        int stage = code / KINDS;
        int microBatch = done[code];
        if (code % KINDS == FORWARD) {
            return stage == 0 ? 0 : arrivalFrom(code - KINDS, microBatch);
        }
        return stage == problem.stages() - 1 ? ends[code - 1][microBatch] : arrivalFrom(code + KINDS, microBatch);
    }

    private long arrivalFrom(int code, int microBatch) {
        return done[code] > microBatch ? ends[code][microBatch] + ways[code] : NEVER;
    }
}
