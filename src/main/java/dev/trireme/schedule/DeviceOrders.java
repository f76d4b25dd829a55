package dev.trireme.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The tasks of each device as small numbers, {@code 3 stage + kind}: a search looks at a hundred thousand of these. The
 * micro-batch is not said: the n-th task of a stage and kind is that of micro-batch n.
 */
final class DeviceOrders {
    static final int KINDS = 3;
    static final int FORWARD = 0;
    static final int BACKWARD = 1;
    static final int WEIGHT = 2;

    private static final List<TaskKind> BY_NUMBER = List.of(TaskKind.FORWARD, TaskKind.BACKWARD, TaskKind.WEIGHT);

    private DeviceOrders() {}

    static TaskKind kind(int code) {
        return BY_NUMBER.get(code % KINDS);
    }

    /** Nanoseconds of each code's tasks. */
    static long[] nanos(SearchProblem problem) {
        return IntStream.range(0, KINDS * problem.stages())
                .mapToLong(code -> problem.nanos(code / KINDS, kind(code)))
                .toArray();
    }

    /** Nanoseconds from the end of each code's tasks until its neighbour has the output. */
    static long[] ways(SearchProblem problem) {
        return IntStream.range(0, KINDS * problem.stages())
                .mapToLong(code -> {
                    int from = code / KINDS;
                    int to = code % KINDS == FORWARD ? from + 1 : from - 1;
                    boolean goes = code % KINDS != WEIGHT && to >= 0 && to < problem.stages();
                    return goes ? problem.way(from, to) : 0;
                })
                .toArray();
    }

    static int[][] copy(int[][] orders) {
        return Arrays.stream(orders).map(int[]::clone).toArray(int[][]::new);
    }

    /** Those of a schedule; where weights wait and its backward tasks do both, these become two. */
    static int[][] of(Schedule schedule, boolean splitsWeights) {
        boolean split = splitsWeights && !schedule.splitsWeights();
        int[][] orders = new int[schedule.devices()][];
        for (int device = 0; device < orders.length; device++) {
            List<Integer> codes = new ArrayList<>();
            for (Task task : schedule.tasks().get(device)) {
                if (task.kind() == TaskKind.WEIGHT && !splitsWeights) {
                    continue;
                }
                codes.add(KINDS * task.stage() + BY_NUMBER.indexOf(task.kind()));
                if (split && task.kind() == TaskKind.BACKWARD) {
                    codes.add(KINDS * task.stage() + WEIGHT);
                }
            }
            orders[device] = codes.stream().mapToInt(Integer::intValue).toArray();
        }
        return orders;
    }

    static Schedule schedule(String name, SearchProblem problem, int[][] orders) {
        List<List<Task>> tasks = new ArrayList<>();
        for (int[] order : orders) {
            int[] done = new int[KINDS * problem.stages()];
            List<Task> ofDevice = new ArrayList<>();
            for (int code : order) {
                ofDevice.add(new Task(code / KINDS, kind(code), done[code]++));
            }
            tasks.add(ofDevice);
        }
        return new Schedule(name, problem.stages(), problem.microBatches(), tasks);
    }

    /** Whether one device's order does everything after what it needs on the same device, and keeps the cap. */
    static boolean isAllowed(SearchProblem problem, int[] order, int[] done) {
        Arrays.fill(done, 0);
        int last = problem.splitsWeights() ? WEIGHT : BACKWARD;
        int live = 0;
        for (int code : order) {
            int kind = code % KINDS;
            if (kind != FORWARD && done[code] == done[code - 1]) {
                return false;
            }
            if (kind == FORWARD && ++live > problem.mostLive()) {
                return false;
            }
            if (kind == last) {
                live--;
            }
            done[code]++;
        }
        return true;
    }
}
