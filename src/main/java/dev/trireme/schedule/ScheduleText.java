package dev.trireme.schedule;

import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A schedule as a text file: a line for each device, its tasks in order. {@code F}, {@code B} or {@code W} (forward,
 * backward, weight), the micro-batch, and for the second and further stages of a device {@code .1}, {@code .2} and so
 * on. {@code #} begins a comment; empty lines do not count.
 *
 * <pre>
 *   # 1f1b: devices 2, stages 2, micro-batches 3
 *   F0 F1 B0 F2 B1 B2
 *   F0 B0 F1 B1 F2 B2
 * </pre>
 */
public final class ScheduleText {
    private static final int MOST_BYTES = 64 << 20;
    private static final Pattern TASK = Pattern.compile("([FBW])(\\d{1,6})(?:\\.(\\d{1,4}))?");

    private ScheduleText() {}

    /**
     * Reads and checks a file.
     *
     * @param file in UTF-8
     * @return the schedule, called like the file
     * @throws BadInputException naming file, line and step when it cannot be read or is no right schedule
     */
    public static Schedule read(Path file) {
        Objects.requireNonNull(file, "file");
        return parse(file.toString(), TextFile.read(file, MOST_BYTES, "a schedule"));
    }

    /**
     * Reads and checks text.
     *
     * @param name of the schedule, and of the file in messages
     * @param text all lines
     * @return the schedule
     * @throws BadInputException naming name, line and step when it is no right schedule
     */
    public static Schedule parse(String name, String text) {
        NullChecks.require("name", name, "text", text);
        List<String> lines = text.lines().toList();
        List<Integer> numbers = new ArrayList<>(); // of the line of each device
        List<String[]> words = new ArrayList<>();
        for (int number = 1; number <= lines.size(); number++) {
            String content = lines.get(number - 1).replaceFirst("#.*", "").strip();
            if (!content.isEmpty()) {
                numbers.add(number);
                words.add(content.split("\\s+", -1));
            }
        }
        if (words.isEmpty()) {
            throw new BadInputException(name + ": has no tasks; write a line for each device, such as F0 B0");
        }
        List<List<Task>> tasks = new ArrayList<>();
        for (int device = 0; device < words.size(); device++) {
            tasks.add(tasks(name + ":" + numbers.get(device), words.get(device), device, words.size()));
        }
        try {
            return new Schedule(name, stages(tasks), microBatches(tasks), tasks);
        } catch (ScheduleException e) {
            throw new BadInputException(name + ":" + numbers.get(e.device()) + ": " + e.getMessage(), e);
        }
    }

    /**
     * Writes a schedule.
     *
     * @param schedule any
     * @return text that {@link #parse} reads
     */
    public static String print(Schedule schedule) {
        Objects.requireNonNull(schedule, "schedule");
        String head = "# " + schedule.name() + ": devices " + schedule.devices() + ", stages " + schedule.stages()
                + ", micro-batches " + schedule.microBatches() + System.lineSeparator();
        return schedule.tasks().stream()
                .map(tasks -> tasks.stream()
                        .map(task -> task.label(schedule.devices()))
                        .collect(Collectors.joining(" ", "", System.lineSeparator())))
                .collect(Collectors.joining("", head, ""));
    }

    private static List<Task> tasks(String location, String[] words, int device, int devices) {
        List<Task> tasks = new ArrayList<>();
        for (String word : words) {
            Matcher parts = TASK.matcher(word);
            if (!parts.matches()) {
                throw new BadInputException(
                        "%s: device %d, step %d (%s): is no task; write F, B or W, then a micro-batch,"
                                        .formatted(location, device, tasks.size() + 1, word)
                                + " then .1 for a second stage of the device: F0, B12, F0.1");
            }
            int chunk = parts.group(3) == null ? 0 : Integer.parseInt(parts.group(3));
            int microBatch = Integer.parseInt(parts.group(2));
            tasks.add(new Task(chunk * devices + device, TaskKind.of(word.charAt(0)), microBatch));
        }
        return tasks;
    }

    private static int microBatches(List<List<Task>> tasks) {
        return 1
                + tasks.stream()
                        .flatMap(List::stream)
                        .mapToInt(Task::microBatch)
                        .max()
                        .orElseThrow();
    }

    private static int stages(List<List<Task>> tasks) {
        int last =
                tasks.stream().flatMap(List::stream).mapToInt(Task::stage).max().orElseThrow();
        return (last / tasks.size() + 1) * tasks.size();
    }
}
