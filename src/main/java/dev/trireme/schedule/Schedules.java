package dev.trireme.schedule;

import dev.trireme.config.BadInputException;
import dev.trireme.config.Requirements;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * The built-in schedules, for any number of micro-batches, also fewer than devices. All have one form: warm-up forward
 * passes, then forward and backward passes in turn, then the remaining backward passes. They differ in the number of
 * warm-up passes, in the number of chunks on a device, and in whether weight gradients are deferred.
 *
 * <p>In the drawings forward takes one clock and backward two, {@code =} goes on with a task and {@code .} is idle.
 */
public final class Schedules {
    /** Names that {@link #named} takes. */
    public static final List<String> NAMES = List.of("gpipe", "1f1b", "interleaved", "zero-bubble");

    /** The bounds of a run, and a number of tasks that takes seconds and a few hundred megabytes. */
    private static final int MOST_DEVICES = 1024;

    private static final int MOST_MICRO_BATCHES = 1 << 20;
    private static final int MOST_PASSES = 1 << 20;

    private Schedules() {}

    /**
     * GPipe (Huang et al. 2019): all forward passes, then all backward passes, both in the order of micro-batches. With
     * one micro-batch it is plain model parallelism.
     *
     * <pre>
     *   device 0  F0 F1 F2 F3  .  .  .  .  .  . B0  = B1  = B2  = B3  =
     *   device 1   . F0 F1 F2 F3  .  .  . B0  = B1  = B2  = B3  =  .  .
     *   device 2   .  . F0 F1 F2 F3 B0  = B1  = B2  = B3  =  .  .  .  .
     * </pre>
     *
     * <p>Holds all micro-batches at every stage.
     *
     * @param microBatches m
     * @param devices p, one stage each
     * @return the schedule
     * @throws IllegalArgumentException when there are none of either
     */
    public static Schedule gPipe(int microBatches, int devices) {
        return schedule("gpipe", new Shape(microBatches, devices, 1), device -> microBatches, Schedules::noWeights);
    }

    /**
     * 1F1B (Narayanan et al. 2019, PipeDream-Flush): the bubble of GPipe, but each backward pass starts as early as
     * possible.
     *
     * <pre>
     *   device 0  F0 F1 F2  .  .  .  . B0  = F3 B1  =  . B2  =  . B3  =
     *   device 1   . F0 F1  .  . B0  = F2 B1  = F3 B2  =  . B3  =  .  .
     *   device 2   .  . F0 B0  = F1 B1  = F2 B2  = F3 B3  =  .  .  .  .
     * </pre>
     *
     * <p>Holds {@code min(m, p - s)} micro-batches at stage {@code s}.
     *
     * @param microBatches m
     * @param devices p, one stage each
     * @return the schedule
     * @throws IllegalArgumentException when there are none of either
     */
    public static Schedule oneForwardOneBackward(int microBatches, int devices) {
        return schedule(
                "1f1b", new Shape(microBatches, devices, 1), device -> devices - 1 - device, Schedules::noWeights);
    }

    /**
     * Interleaved 1F1B (Narayanan et al. 2021): each device holds v chunks, stage {@code s} being on device
     * {@code s mod p}, so that filling and draining take a v-th of the time: the bubble is
     * {@code (p - 1) / (v m + p - 1)}. Micro-batches go in groups of p through one chunk after the other.
     *
     * <pre>
     *   device 0    F0   F1 F0.1 F1.1   F2    . B0.1    =   F3 B1.1    = F2.1   B0    = F3.1   B1    =  …
     *   device 1     .   F0   F1 F0.1 B0.1    = F1.1 B1.1    =   F2   B0    =   F3   B1    = F2.1 B2.1  …
     * </pre>
     *
     * <p>Holds {@code min(v m, 2 (p - 1 - d) + (v - 1) p + 1)} activations of a chunk at device {@code d}. Equal tasks
     * would need only half of the 2 (p - 1 - d); the rest is slack that keeps uneven ones from waiting for each other.
     * One chunk is 1F1B.
     *
     * @param microBatches m, a multiple of p if there are several chunks
     * @param devices p
     * @param chunks v, stages of each device
     * @return the schedule, of p v stages
     * @throws IllegalArgumentException when m is no multiple of p, or a number is below 1
     */
    public static Schedule interleaved(int microBatches, int devices, int chunks) {
        Shape shape = new Shape(microBatches, devices, chunks);
        if (chunks > 1 && microBatches % devices != 0) {
            throw new IllegalArgumentException("microBatches " + microBatches + " cannot go through " + chunks
                    + " chunks in groups of " + devices + "; use a multiple of " + devices + ", or 1f1b");
        }
        int perHop = chunks == 1 ? 1 : 2;
        return schedule(
                "interleaved",
                shape,
                device -> perHop * (devices - 1 - device) + (chunks - 1) * devices,
                Schedules::noWeights);
    }

    /**
     * Zero bubble, ZB-H1 (Qi et al. 2023): 1F1B with split backward passes. The gradient of the input is passed on at
     * once; gradients of weights are deferred by {@code d} micro-batches at device {@code d}. Devices wait less while
     * the pipeline fills, and have weight gradients to compute while it drains. With equal times of F, B and W the
     * bubble is a third of that of 1F1B: {@code (p - 1) / (3 m + p - 1)} for {@code m >= p}.
     *
     * <pre>
     *   device 0  F0 F1 F2  .  . B0 W0 F3 B1 W1 B2 W2 B3 W3
     *   device 1   . F0 F1  . B0 F2 B1 W0 F3 B2 W1 B3 W2 W3
     *   device 2   .  . F0 B0 F1 B1 F2 B2 W0 F3 B3 W1 W2 W3
     * </pre>
     *
     * <p>Holds {@code min(m, p)} micro-batches at every stage.
     *
     * @param microBatches m
     * @param devices p, one stage each
     * @return the schedule, with tasks of kind {@link TaskKind#WEIGHT}
     * @throws IllegalArgumentException when there are none of either
     */
    public static Schedule zeroBubble(int microBatches, int devices) {
        return schedule(
                "zero-bubble", new Shape(microBatches, devices, 1), device -> devices - 1 - device, device -> device);
    }

    /**
     * Finds a schedule by its name, or reads one from a file.
     *
     * @param nameOrFile one of {@link #NAMES}, or a file that {@link ScheduleText} reads
     * @param microBatches m
     * @param devices p
     * @param chunks v; only {@code interleaved} looks at it
     * @return the schedule
     * @throws BadInputException when the file cannot be read, is wrong, or is for other numbers
     * @throws IllegalArgumentException for numbers that the schedule cannot do
     */
    public static Schedule named(String nameOrFile, int microBatches, int devices, int chunks) {
        Objects.requireNonNull(nameOrFile, "nameOrFile");
        return switch (nameOrFile) {
            case "gpipe" -> gPipe(microBatches, devices);
            case "1f1b" -> oneForwardOneBackward(microBatches, devices);
            case "interleaved" -> interleaved(microBatches, devices, chunks);
            case "zero-bubble" -> zeroBubble(microBatches, devices);
            default -> fitting(ofFile(nameOrFile), microBatches, devices);
        };
    }

    /**
     * Reads a schedule from a file, with the numbers that the file has.
     *
     * @param file that {@link ScheduleText} reads
     * @return the schedule
     * @throws BadInputException when the file is wrong
     * @throws IllegalArgumentException when there is no such file
     */
    public static Schedule ofFile(String file) {
        Objects.requireNonNull(file, "file");
        Path path = Path.of(file);
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new BadInputException(file + ": is not a plain file; name a text file that holds a schedule");
        }
        if (!Files.exists(path)) {
            throw new IllegalArgumentException("schedule " + file + " is unknown, and there is no such file; use "
                    + String.join(", ", NAMES) + ", or a file that holds a schedule");
        }
        return ScheduleText.read(path);
    }

    private static Schedule fitting(Schedule schedule, int microBatches, int devices) {
        if (schedule.microBatches() != microBatches || schedule.devices() != devices) {
            throw new BadInputException("%s: is for %d devices and %d micro-batches, not %d and %d; change either"
                    .formatted(schedule.name(), schedule.devices(), schedule.microBatches(), devices, microBatches));
        }
        return schedule;
    }

    private static Schedule schedule(String name, Shape shape, IntUnaryOperator warmUp, IntUnaryOperator lag) {
        List<List<Task>> tasks = IntStream.range(0, shape.devices)
                .mapToObj(device -> tasks(shape, device, warmUp.applyAsInt(device), lag.applyAsInt(device)))
                .toList();
        return new Schedule(name, shape.devices * shape.chunks, shape.microBatches, tasks);
    }

    /**
     * Warm-up forward passes, then in turn forward, backward and, if {@code lag} is not negative, the weight gradients
     * of {@code lag} passes ago.
     */
    private static List<Task> tasks(Shape shape, int device, int warmUp, int lag) {
        int passes = shape.passes();
        List<Task> tasks = new ArrayList<>();
        for (int pass = 0; pass < Math.min(warmUp, passes); pass++) {
            tasks.add(shape.pass(device, TaskKind.FORWARD, pass));
        }
        for (int pass = 0; pass < passes; pass++) {
            if (warmUp + pass < passes) {
                tasks.add(shape.pass(device, TaskKind.FORWARD, warmUp + pass));
            }
            tasks.add(shape.pass(device, TaskKind.BACKWARD, pass));
            if (lag >= 0 && pass >= lag) {
                tasks.add(shape.pass(device, TaskKind.WEIGHT, pass - lag));
            }
        }
        for (int pass = Math.max(0, passes - lag); pass < passes; pass++) {
            tasks.add(shape.pass(device, TaskKind.WEIGHT, pass));
        }
        return tasks;
    }

    private static int noWeights(int device) {
        return -1;
    }

    private record Shape(int microBatches, int devices, int chunks) {
        Shape {
            Requirements.within("microBatches", microBatches, 1, MOST_MICRO_BATCHES);
            Requirements.within("devices", devices, 1, MOST_DEVICES);
            Requirements.within("chunks", chunks, 1, MOST_DEVICES);
            long passes = (long) microBatches * devices * chunks;
            if (passes > MOST_PASSES) {
                throw new IllegalArgumentException("microBatches " + microBatches + " on " + devices
                        + " devices, each with chunks: " + chunks + ", are " + passes
                        + " passes; use numbers whose product is up to " + MOST_PASSES);
            }
        }

        /** Passes of one direction on a device. */
        int passes() {
            return microBatches * chunks;
        }

        /** The n-th pass of a device; backward, chunks come last to first. */
        Task pass(int device, TaskKind kind, int number) {
            int chunk = number / devices % chunks;
            int stage = (kind == TaskKind.FORWARD ? chunk : chunks - 1 - chunk) * devices + device;
            return new Task(stage, kind, number / (devices * chunks) * devices + number % devices);
        }
    }
}
