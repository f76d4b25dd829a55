package dev.trireme.schedule;

/**
 * What no schedule can beat. A device starts when the first micro-batch has come to it (the way from stage to stage counted), cannot begin backward before that
 * micro-batch has been to the end and back, has all its work to do, and after its last backward task the stages before it
 * have theirs:
 *
 * <pre>
 *   device d      head  ├ F F … (as many as fit) ┤ wait ├ B and all that is left ──────────┤
 *   devices < d                                                          last B of d ▲ └ tail ┘
 * </pre>
 *
 * <p>With room for c activations no more than c micro-batches of a stage are between forward and weight task at once, each
 * at least for the way to the end and back. The bound is the largest of these over all devices, and the way of a single
 * micro-batch. It need not be reached by any schedule.
 */
final class MakespanBound {
    private final SearchProblem problem;
    private final long[] head; // of each stage: forward of those before
    private final long[] tail; // of each stage: what the stages before it still do after its backward
    private final long[] away; // of each stage: from the end of its forward to the start of its backward

    private MakespanBound(SearchProblem problem) {
        this.problem = problem;
        int stages = problem.stages();
        head = new long[stages];
        tail = new long[stages];
        away = new long[stages];
        for (int stage = 1; stage < stages; stage++) {
            head[stage] = head[stage - 1] + forward(stage - 1) + problem.way(stage - 1, stage);
            tail[stage] =
                    problem.way(stage, stage - 1) + backward(stage - 1) + Math.max(weight(stage - 1), tail[stage - 1]);
        }
        for (int stage = stages - 2; stage >= 0; stage--) {
            long ways = problem.way(stage, stage + 1) + problem.way(stage + 1, stage);
            away[stage] = ways + forward(stage + 1) + away[stage + 1] + backward(stage + 1);
        }
    }

    static long nanos(SearchProblem problem) {
        MakespanBound bound = new MakespanBound(problem);
        long most = bound.wayOfOne();
        for (int device = 0; device < problem.devices(); device++) {
            most = Math.max(most, Math.max(bound.work(device), bound.room(device)));
        }
        return most;
    }

    private long wayOfOne() {
        int last = problem.stages() - 1;
        return head[last] + forward(last) + backward(last) + Math.max(weight(last), tail[last]);
    }

    /** Head, unavoidable wait, all work; or all but the weight tasks that may come after the last backward, and the tail. */
    private long work(int device) {
        long passes = 0;
        long weights = 0;
        long longest = 0;
        long mostForward = 0;
        int chunks = problem.stages() / problem.devices();
        for (int stage = device; stage < problem.stages(); stage += problem.devices()) {
            passes += problem.microBatches() * (forward(stage) + backward(stage));
            weights += problem.microBatches() * weight(stage);
            longest = Math.max(longest, weight(stage));
            mostForward = Math.max(mostForward, forward(stage));
        }
        int deepest = device + (chunks - 1) * problem.devices();
        long firstBackward = head[deepest] + forward(deepest) + away[deepest];
        long before = Math.min(problem.mostLive(), (long) chunks * problem.microBatches());
        long apart = apart(device);
        if (chunks == 1 && apart > 0) {
            before = Math.min(before, (firstBackward - head[device] + apart - 1) / apart);
        }
        long begin = Math.max(head[device], firstBackward - before * mostForward);
        long late = longest * problem.mostLive(); // no more weight tasks than that can wait
        return begin + Math.max(passes + weights, passes + Math.max(0, weights - late) + tail[device]);
    }

    /** Micro-batches come to a device no faster than the slowest before it lets them through. */
    private long apart(int device) {
        long slowest = 0;
        for (int stage = 0; stage < device; stage++) {
            slowest = Math.max(slowest, forward(stage));
        }
        return slowest;
    }

    /** Each micro-batch takes up room for its way, and only so many do at once. */
    private long room(int device) {
        long way = 0;
        for (int stage = device; stage < problem.stages(); stage += problem.devices()) {
            way += forward(stage) + away[stage] + backward(stage) + weight(stage);
        }
        if (problem.stages() == problem.devices()) {
            int rounds = (problem.microBatches() + problem.mostLive() - 1) / problem.mostLive();
            long lastRound = way - weight(device) + Math.max(weight(device), tail[device]);
            return head[device] + (rounds - 1) * way + lastRound;
        }
        return head[device] + problem.microBatches() * way / problem.mostLive();
    }

    private long forward(int stage) {
        return problem.nanos(stage, TaskKind.FORWARD);
    }

    private long backward(int stage) {
        return problem.nanos(stage, TaskKind.BACKWARD);
    }

    private long weight(int stage) {
        return problem.nanos(stage, TaskKind.WEIGHT);
    }
}
