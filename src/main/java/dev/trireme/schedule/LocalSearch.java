package dev.trireme.schedule;

import static dev.trireme.schedule.DeviceOrders.KINDS;

import java.util.SplittableRandom;

/**
 * Makes a schedule better by moving one task of one device to another place, many times (simulated annealing): a move
 * that makes it slower is sometimes taken, the less so the longer it goes on. Half of the moves are of tasks that the
 * makespan hangs on.
 */
final class LocalSearch {
    private static final int FARTHEST = 24; // places that a task moves
    private static final double HOTTEST = 0.001; // of the makespan: how much slower is taken at the beginning

    private final SearchProblem problem;
    private final OrderTimes times;
    private final SplittableRandom random;
    private final int[] done;
    private final int[] critical; // device and place of the tasks that the makespan hangs on, two numbers each
    private int criticalCount;
    private int[][] orders = {};

    LocalSearch(SearchProblem problem, OrderTimes times, SplittableRandom random) {
        this.problem = problem;
        this.times = times;
        this.random = random;
        done = new int[KINDS * problem.stages()];
        critical = new int[2 * KINDS * problem.stages() * problem.microBatches()];
    }

    /** Goes on until the bound is reached or all moves are tried; the best is left in {@code best}. */
    long improve(int[][] best, long bound, long moves) {
        orders = DeviceOrders.copy(best);
        long current = times.makespan(orders);
        long makespan = current;
        findCritical();
        for (long move = 0; move < moves && makespan > bound; move++) {
            double left = 1 - move / (double) moves;
            long moved = tryMove(current, HOTTEST * makespan * left * left);
            if (moved == OrderTimes.STUCK) {
                continue;
            }
            current = moved;
            findCritical();
            if (current < makespan) {
                makespan = current;
                copy(orders, best);
            }
        }
        return makespan;
    }

    /** The makespan after a move at random; {@link OrderTimes#STUCK}, and nothing is changed, if it is not taken. */
    private long tryMove(long current, double heat) {
        boolean guided = random.nextBoolean();
        int pick = random.nextInt(criticalCount);
        int device = guided ? critical[2 * pick] : random.nextInt(orders.length);
        int[] order = orders[device];
        int from = guided ? critical[2 * pick + 1] : random.nextInt(order.length);
        int to = from + (random.nextBoolean() ? 1 : -1) * (1 + random.nextInt(FARTHEST));
        if (to < 0 || to >= order.length || !changes(order, from, to)) {
            return OrderTimes.STUCK;
        }
        move(order, from, to);
        long moved = DeviceOrders.isAllowed(problem, order, done) ? times.makespan(orders) : OrderTimes.STUCK;
        double slower = moved - (double) current;
        if (slower <= 0 || slower < -heat * Math.log(random.nextDouble())) {
            return moved;
        }
        move(order, to, from);
        return OrderTimes.STUCK;
    }

    /** Equal tasks change nothing by changing places. */
    private static boolean changes(int[] order, int from, int to) {
        for (int place = Math.min(from, to); place <= Math.max(from, to); place++) {
            if (order[place] != order[from]) {
                return true;
            }
        }
        return false;
    }

    private static void copy(int[][] from, int[][] to) {
        for (int device = 0; device < from.length; device++) {
            System.arraycopy(from[device], 0, to[device], 0, from[device].length);
        }
    }

    private static void move(int[] order, int from, int to) {
        int code = order[from];
        if (from < to) {
            System.arraycopy(order, from + 1, order, from, to - from);
        } else {
            System.arraycopy(order, to, order, to + 1, from - to);
        }
        order[to] = code;
    }

    /** From the task that ends last back to the first, each the one that the next had to wait for. */
    private void findCritical() {
        criticalCount = 0;
        int device = 0;
        for (int other = 1; other < orders.length; other++) {
            device = times.end(other) > times.end(device) ? other : device;
        }
        int place = orders[device].length - 1;
        int microBatch = count(orders[device], place);
        while (place >= 0) {
            critical[2 * criticalCount] = device;
            critical[2 * criticalCount++ + 1] = place;
            int code = orders[device][place];
            long start = times.end(code, microBatch) - times.nanos(code);
            int need = times.need(code);
            if (need >= 0 && times.arrival(need, microBatch) == start) {
                device = problem.deviceOf(need / KINDS);
                place = find(orders[device], need, microBatch);
            } else {
                place--;
                microBatch = place < 0 ? 0 : count(orders[device], place);
            }
        }
    }

    /** How many tasks of the same code are in front of a place. */
    private static int count(int[] order, int place) {
        int count = 0;
        for (int i = 0; i < place; i++) {
            count += order[i] == order[place] ? 1 : 0;
        }
        return count;
    }

    private static int find(int[] order, int code, int microBatch) {
        int left = microBatch;
        for (int place = 0; ; place++) {
            if (order[place] == code && left-- == 0) {
                return place;
            }
        }
    }
}
