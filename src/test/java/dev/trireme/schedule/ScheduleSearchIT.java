package dev.trireme.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Twenty uneven sets of costs, 8 stages × 32 micro-batches. Set n: {@code new Random(n)} draws for each stage F and B from
 * 5.0 to 15.0 ms and W from 3.0 to 12.0 ms, in steps of 0.1 ms; room for 8, 9, 10, 12 and 16 activations in turn. The table is
 * left in {@code target/searched-schedules.txt}.
 */
@Timeout(300)
class ScheduleSearchIT {
    private static final int DEVICES = 8;
    private static final int MICRO_BATCHES = 32;
    private static final int[] ROOM = {8, 9, 10, 12, 16};

    @Test
    void noNamedScheduleIsFasterAndMostAreSlower() throws IOException {
        List<String> table = new ArrayList<>();
        table.add("set  room  best named           ms  searched ms   gain   bound ms  over bound  seconds");
        int faster = 0;
        for (int set = 1; set <= 20; set++) {
            SearchProblem problem = SearchProblem.of(costs(set), DEVICES, MICRO_BATCHES, ROOM[(set - 1) % ROOM.length]);
            long begin = System.nanoTime();
            FoundSchedule found = ScheduleSearch.run(problem);
            double seconds = (System.nanoTime() - begin) / 1e9;
            long named = fastestNamed(problem);
            found.schedule().requireLive(problem.mostLive());
            assertThat(Simulation.run(found.schedule(), problem.costs()).makespanNanos())
                    .as("set %d", set)
                    .isEqualTo(found.nanos())
                    .isLessThanOrEqualTo(named)
                    .isGreaterThanOrEqualTo(found.boundNanos());
            faster += found.nanos() < named ? 1 : 0;
            FoundSchedule.Named best = found.named().orElseThrow();
            assertThat(best.nanos()).isEqualTo(named);
            table.add(String.format(
                    Locale.ROOT,
                    "%3d  %4d  %-11s  %11.2f  %11.2f  %4.1f %%  %9.2f  %8.2f %%  %7.1f",
                    set,
                    problem.mostLive(),
                    best.name(),
                    named / 1e6,
                    found.nanos() / 1e6,
                    100.0 * named / found.nanos() - 100,
                    found.boundNanos() / 1e6,
                    100.0 * found.nanos() / found.boundNanos() - 100,
                    seconds));
        }
        Files.write(Path.of("target", "searched-schedules.txt"), table);
        assertThat(faster).as(String.join("\n", table)).isGreaterThanOrEqualTo(15);
    }

    private static long fastestNamed(SearchProblem problem) {
        return Schedules.NAMES.stream()
                .map(name -> Schedules.named(name, MICRO_BATCHES, DEVICES, 1))
                .filter(schedule -> IntStream.range(0, DEVICES)
                        .allMatch(device -> schedule.liveActivations(device) <= problem.mostLive()))
                .mapToLong(schedule -> Simulation.run(schedule, problem.costs()).makespanNanos())
                .min()
                .orElseThrow();
    }

    private static List<Cost> costs(int set) {
        Random random = new Random(set);
        return IntStream.range(0, DEVICES)
                .mapToObj(stage -> new Cost(
                        (50 + random.nextInt(101)) / 1e4,
                        (50 + random.nextInt(101)) / 1e4,
                        (30 + random.nextInt(91)) / 1e4))
                .toList();
    }
}
