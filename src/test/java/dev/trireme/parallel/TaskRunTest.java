package dev.trireme.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Schedules;
import dev.trireme.schedule.Task;
import dev.trireme.schedule.Timeline;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The executor with operations that do nothing, or fail where a test wants it. */
@Timeout(60)
class TaskRunTest {
    private record Setting(Schedule schedule, Execution execution) {
        @Override
        public String toString() {
            return schedule.name() + " " + schedule.devices() + " devices, " + execution;
        }
    }

    static Stream<Setting> settings() {
        return Stream.of(
                        Schedules.oneForwardOneBackward(2, 1),
                        Schedules.gPipe(3, 2),
                        Schedules.oneForwardOneBackward(4, 3),
                        Schedules.zeroBubble(4, 2),
                        Schedules.interleaved(4, 2, 2))
                .flatMap(schedule -> Stream.of(Execution.values()).map(execution -> new Setting(schedule, execution)));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everyTaskRunsOnceAfterWhatItNeedsOnTheThreadOfItsDevice(Setting setting) {
        List<Task> order = Collections.synchronizedList(new ArrayList<>());
        Set<String> threads = Collections.synchronizedSet(new HashSet<>());
        Timeline timeline = run(setting, task -> {
            order.add(task);
            threads.add(task.stage() % setting.schedule().devices()
                    + Thread.currentThread().getName());
        });

        int stages = setting.schedule().stages();
        assertThat(order).doesNotHaveDuplicates().hasSameSizeAs(timeline.events());
        assertThat(order)
                .allSatisfy(task ->
                        assertThat(order.subList(0, order.indexOf(task))).containsAll(task.needs(stages)));
        assertThat(threads).hasSize(setting.schedule().devices());
    }

    @ParameterizedTest
    @MethodSource("settings")
    void aFailureAnywhereNamesItsTaskAndLeavesTheDevicesUsable(Setting setting) {
        List<Worker> workers = workers(setting.schedule());
        try {
            for (Task guilty :
                    setting.schedule().tasks().stream().flatMap(List::stream).toList()) {
                PipelineException failure = catchThrowableOfType(
                        PipelineException.class, () -> run(setting, workers, task -> failAt(guilty, task)));
                assertThat(failure).hasMessage(guilty + " failed: on purpose").hasRootCauseMessage("on purpose");
                assertThat(failure.task()).isEqualTo(guilty);
            }
            assertThat(run(setting, workers, task -> {}).events())
                    .hasSize(setting.schedule().tasks().stream()
                            .mapToInt(List::size)
                            .sum());
        } finally {
            workers.forEach(Worker::close);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("test device"));
    }

    private static void failAt(Task guilty, Task task) {
        if (task.equals(guilty)) {
            throw new IllegalStateException("on purpose");
        }
    }

    private static Timeline run(Setting setting, Consumer<Task> operation) {
        List<Worker> workers = workers(setting.schedule());
        try {
            return run(setting, workers, operation);
        } finally {
            workers.forEach(Worker::close);
        }
    }

    private static Timeline run(Setting setting, List<Worker> workers, Consumer<Task> operation) {
        Schedule schedule = setting.schedule();
        TaskRun run = new TaskRun(workers, new TaskBoard(schedule.stages()), operation);
        return setting.execution() == Execution.EAGER ? run.eager(schedule.tasks()) : run.clocked(schedule.clocks());
    }

    private static List<Worker> workers(Schedule schedule) {
        return IntStream.range(0, schedule.devices())
                .mapToObj(device -> new Worker("test device " + device))
                .toList();
    }
}
