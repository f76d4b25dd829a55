package dev.trireme.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Problems so small that all schedules can be tried; {@code ScheduleSearchIT} has large ones. */
@Timeout(120)
class SearchedSchedulesIT {
    @ParameterizedTest(name = "costs {0}, room for {1}")
    @CsvSource({"1, 1", "2, 2", "3, 3", "4, 2", "5, 1", "6, 3", "7, 2", "8, 3"})
    void aSmallProblemIsSolvedAndTheBoundIsOne(int seed, int mostLive) {
        SearchProblem problem = SearchProblem.of(costs(seed, 2), 2, 3, mostLive);
        FoundSchedule found = ScheduleSearch.run(problem);
        long fastest = fastestOfAll(problem);
        assertThat(found.nanos()).isEqualTo(fastest);
        assertThat(found.boundNanos()).isLessThanOrEqualTo(fastest);
    }

    @Test
    void whatIsFoundIsAScheduleLikeTheOthers() {
        SearchProblem problem = SearchProblem.of(costs(9, 8), 4, 8, 7);
        FoundSchedule found = ScheduleSearch.run(problem);
        Schedule schedule = found.schedule();
        assertThat(ScheduleText.parse(schedule.name(), ScheduleText.print(schedule)))
                .isEqualTo(schedule);
        assertThat(schedule.chunks()).isEqualTo(2);
        assertThat(IntStream.range(0, 4).map(schedule::liveActivations)).allMatch(live -> live <= problem.mostLive());
        assertThat(Simulation.run(schedule, problem.costs()).makespanNanos()).isEqualTo(found.nanos());
        assertThat(ScheduleSearch.run(problem)).isEqualTo(found);
    }

    @Test
    void stagesThatAreAlikeNeedNoMoreThanTheBound() {
        Cost equal = new Cost(1, 1, 1);
        FoundSchedule found = ScheduleSearch.run(SearchProblem.of(Collections.nCopies(4, equal), 4, 12, 8));
        assertThat(found.isFastest()).isTrue();
        // ZB-H2 (Qi et al. 2023): with room for 2 p - 1 there is no wait but for the first forward passes
        assertThat(found.nanos()).isEqualTo((3 + 3 * 12) * 1_000_000_000L);
    }

    @Test
    void weightsOfNoTimeAreNotTasksOfTheirOwn() {
        List<Cost> costs = List.of(new Cost(1, 2, 0), new Cost(1, 3, 0));
        FoundSchedule found = ScheduleSearch.run(SearchProblem.of(costs, 2, 4, 2));
        assertThat(found.schedule().splitsWeights()).isFalse();
        assertThat(found.named())
                .hasValueSatisfying(named -> assertThat(found.nanos()).isLessThanOrEqualTo(named.nanos()));
    }

    @Test
    void whereNoNamedScheduleKeepsTheCapThereStillIsOne() {
        FoundSchedule found = ScheduleSearch.run(SearchProblem.of(costs(1, 4), 4, 6, 2));
        assertThat(found.named()).isEmpty();
        found.schedule().requireLive(2);
        FoundSchedule tight = ScheduleSearch.run(SearchProblem.of(costs(1, 8), 4, 6, 2));
        assertThat(tight.schedule().requireLive(2).chunks()).isEqualTo(2);
    }

    @Test
    void numbersThatFitNoSearchAreRefused() {
        List<Cost> three = costs(1, 3);
        assertThatThrownBy(() -> SearchProblem.of(three, 2, 4, 2))
                .hasMessage(
                        "costs are of 3 stages for 2 devices; give one for each stage, the same number on every device");
        assertThatThrownBy(() -> SearchProblem.of(three, 1, 4, 2))
                .hasMessage("mostLive is 2 but a micro-batch passes 3 stages of a device; use that or more");
        assertThatThrownBy(() -> SearchProblem.of(three, 3, 4, 0)).hasMessage("mostLive is 0; use 1 or more");
        assertThatThrownBy(() -> SearchProblem.of(three, 3, 4000, 4))
                .hasMessage("microBatches 4000 in 3 stages are 12000 passes; use numbers whose product is up to 8192");
    }

    private static List<Cost> costs(int seed, int stages) {
        Random random = new Random(seed);
        return IntStream.range(0, stages)
                .mapToObj(stage -> new Cost(1 + random.nextInt(9), 1 + random.nextInt(9), 1 + random.nextInt(9)))
                .toList();
    }

    /** Every order of both devices; those that hang or hold too much are none. */
    private static long fastestOfAll(SearchProblem problem) {
        long fastest = Long.MAX_VALUE;
        for (List<Task> first : orders(0, problem.microBatches())) {
            for (List<Task> second : orders(1, problem.microBatches())) {
                try {
                    Schedule schedule = new Schedule("any", 2, problem.microBatches(), List.of(first, second));
                    schedule.requireLive(problem.mostLive());
                    fastest = Math.min(
                            fastest, Simulation.run(schedule, problem.costs()).makespanNanos());
                } catch (ScheduleException e) {
                    assertThat(e).hasMessageContaining("device");
                }
            }
        }
        return fastest;
    }

    private static List<List<Task>> orders(int stage, int microBatches) {
        List<List<Task>> all = new ArrayList<>();
        extend(new ArrayList<>(), new int[3], stage, microBatches, all);
        return all;
    }

    private static void extend(List<Task> some, int[] done, int stage, int microBatches, List<List<Task>> all) {
        if (some.size() == 3 * microBatches) {
            all.add(List.copyOf(some));
        }
        List<TaskKind> kinds = List.of(TaskKind.FORWARD, TaskKind.BACKWARD, TaskKind.WEIGHT);
        for (int number = 0; number < kinds.size(); number++) {
            if (done[number] < (number == 0 ? microBatches : done[number - 1])) {
                some.add(new Task(stage, kinds.get(number), done[number]++));
                extend(some, done, stage, microBatches, all);
                some.remove(some.size() - 1);
                done[number]--;
            }
        }
    }
}
