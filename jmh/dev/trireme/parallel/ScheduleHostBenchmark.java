package dev.trireme.parallel;

import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Schedules;
import dev.trireme.schedule.Timeline;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a task of a schedule costs besides its work: a step of 2 devices and 8 micro-batches whose tasks do nothing, by the
 * threads, queues and waiting that real steps use. In this package because none of that is anybody else's business.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ScheduleHostBenchmark {
    private static final int DEVICES = 2;
    private static final int MICRO_BATCHES = 8;
    private static final int TASKS = 2 * DEVICES * MICRO_BATCHES;

    @Param({"gpipe", "1f1b"})
    private String kind;

    private Schedule schedule;
    private List<Worker> workers;

    @Setup
    public void start() {
        schedule = Schedules.named(kind, MICRO_BATCHES, DEVICES, 1);
        workers = List.of(new Worker("device 0"), new Worker("device 1"));
    }

    @TearDown
    public void end() {
        workers.forEach(Worker::close);
    }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    public Timeline eager() {
        return run().eager(schedule.tasks());
    }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    public Timeline clocked() {
        return run().clocked(schedule.clocks());
    }

    private TaskRun run() {
        return new TaskRun(workers, new TaskBoard(schedule.stages()), task -> {});
    }
}
