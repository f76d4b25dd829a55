package dev.trireme.schedule;

import static dev.trireme.schedule.DeviceOrders.BACKWARD;
import static dev.trireme.schedule.DeviceOrders.FORWARD;
import static dev.trireme.schedule.DeviceOrders.KINDS;

import java.util.Arrays;

/**
 * {@link Simulation} without objects: the same start of each task, some microseconds for a thousand tasks. A device works
 * on until what it needs is not there, and goes on when the task that it waits for is timed.
 */
final class OrderTimes {
    /** Of orders whose devices wait for each other. */
    static final long STUCK = Long.MAX_VALUE;

    private static final int NOBODY = -1;

    private final SearchProblem problem;
    private final long[] nanos;
    private final long[] ways;
    private final long[] ends; // of each code and micro-batch
    private final int[] done; // of each code
    private final int[] next; // of each device
    private final long[] free; // of each device
    private final int[] waiting; // for each code, the device that waits for its next task
    private final int[] ready; // devices that may go on

    OrderTimes(SearchProblem problem) {
        this.problem = problem;
        int codes = KINDS * problem.stages();
        nanos = DeviceOrders.nanos(problem);
        ways = DeviceOrders.ways(problem);
        ends = new long[codes * problem.microBatches()];
        done = new int[codes];
        next = new int[problem.devices()];
        free = new long[problem.devices()];
        waiting = new int[codes];
        ready = new int[problem.devices()];
    }

    /** From the first start to the last end; {@link #STUCK} if there is none. */
    long makespan(int[][] orders) {
        Arrays.fill(done, 0);
        Arrays.fill(next, 0);
        Arrays.fill(free, 0);
        Arrays.fill(waiting, NOBODY);
        int count = 0;
        for (int device = problem.devices() - 1; device >= 0; device--) {
            ready[count++] = device;
        }
        while (count > 0) {
            int device = ready[--count];
            int[] order = orders[device];
            int at = next[device];
            long time = free[device];
            while (at < order.length) {
                int code = order[at];
                int need = need(code);
                if (need != NOBODY && done[need] <= done[code]) {
                    waiting[need] = device;
                    break;
                }
                long start = need == NOBODY ? time : Math.max(time, arrival(need, done[code]));
                time = start + nanos[code];
                ends[code * problem.microBatches() + done[code]++] = time;
                at++;
                if (waiting[code] != NOBODY) {
                    ready[count++] = waiting[code];
                    waiting[code] = NOBODY;
                }
            }
            next[device] = at;
            free[device] = time;
        }
        return makespanOf(orders);
    }

    private long makespanOf(int[][] orders) {
        long makespan = 0;
        for (int device = 0; device < orders.length; device++) {
            if (next[device] < orders[device].length) {
                return STUCK;
            }
            makespan = Math.max(makespan, free[device]);
        }
        return makespan;
    }

    /** The code of what comes from a neighbour, or else of nothing; the order itself sees to what is on the device. */
    int need(int code) {
        int stage = code / KINDS;
        return switch (code % KINDS) {
            case FORWARD -> stage == 0 ? NOBODY : code - KINDS;
            case BACKWARD -> stage == problem.stages() - 1 ? NOBODY : code + KINDS;
            default -> NOBODY;
        };
    }

    /** When the output of a task is where it is needed, in the orders timed last. */
    long arrival(int code, int microBatch) {
        return end(code, microBatch) + ways[code];
    }

    /** When a task ended, in the orders timed last. */
    long end(int code, int microBatch) {
        return ends[code * problem.microBatches() + microBatch];
    }

    long nanos(int code) {
        return nanos[code];
    }

    /** When a device was done with everything, in the orders timed last. */
    long end(int device) {
        return free[device];
    }
}
