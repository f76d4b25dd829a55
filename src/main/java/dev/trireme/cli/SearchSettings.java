package dev.trireme.cli;

import dev.trireme.config.BadInputException;
import dev.trireme.config.Requirements;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.CostText;
import dev.trireme.schedule.FoundSchedule;
import dev.trireme.schedule.ScheduleSearch;
import dev.trireme.schedule.SearchProblem;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** A schedule that is looked for, rather than named. */
final class SearchSettings {
    @Option(
            names = "--search",
            paramLabel = "FILE",
            description = "Find a schedule for these times: a line for each stage, milliseconds of F, B and W.")
    private Optional<Path> costs = Optional.empty();

    @Option(
            names = "--room",
            paramLabel = "N",
            description = "Activations of a stage's micro-batch that a device may hold, in --search (as 1f1b holds).")
    private Optional<Integer> room = Optional.empty();

    boolean isAsked() {
        if (room.isPresent() && costs.isEmpty()) {
            throw new IllegalArgumentException("--room is for --search; add --search FILE, or leave it out");
        }
        return costs.isPresent();
    }

    /** On as many devices as there are stages, unless somebody says how many. */
    FoundSchedule found(Optional<Integer> devices, int microBatches) {
        Path file = costs.orElseThrow();
        List<Cost> times = CostText.read(file);
        int p = Requirements.positive("stages", devices.orElse(times.size()));
        room.ifPresent(activations -> Requirements.positive("--room", activations));
        if (times.size() % p != 0) {
            throw new IllegalArgumentException("--stages is " + p + " but " + file + " has the times of " + times.size()
                    + " stages; use a number that divides " + times.size() + ", or leave --stages out");
        }
        if (times.stream().allMatch(cost -> cost.seconds() == 0)) {
            throw new BadInputException(file + ": every time is 0; write milliseconds of F, B and W");
        }
        int chunks = times.size() / p;
        return ScheduleSearch.run(SearchProblem.of(times, p, microBatches, room.orElse(chunks * p)));
    }

    /** What was found, beside what was known and what cannot be. */
    static String line(FoundSchedule found) {
        String named = found.named()
                .map(known -> String.format(
                        Locale.ROOT,
                        "%s, the fastest named one, takes %.3f ms (%+.1f %%)",
                        known.name(),
                        known.nanos() / 1e6,
                        100.0 * known.nanos() / found.nanos() - 100))
                .orElse("no named one keeps to that room");
        return String.format(
                Locale.ROOT,
                "%s: %.3f ms; %s; none can take less than %.3f ms%s",
                found.schedule().name(),
                found.nanos() / 1e6,
                named,
                found.boundNanos() / 1e6,
                found.isFastest() ? ", so that it is the fastest" : "");
    }
}
