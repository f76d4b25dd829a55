package dev.trireme.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * A schedule drawn for the terminal: a row for each device, a column for each clock cycle. A forward pass takes one
 * cycle; {@code =} continues a longer task, and {@code .} is idle.
 *
 * <pre>
 *              0  1  2  3  4  5  6  7  8
 *   device 0  F0 F1  .  . B0  =  . B1  =
 *   device 1   . F0 B0  = F1 B1  =  .  .
 * </pre>
 */
public final class ScheduleGrid {
    private static final long CLOCK_NANOS = 1_000_000_000;
    private static final int MOST_CLOCKS = 1000;

    private final Schedule schedule;
    private final Timeline timeline;

    /**
     * Times a schedule in clocks.
     *
     * @param schedule what to draw
     * @param backwardClocks of a whole backward pass where forward takes 1; a schedule with weight tasks gives these
     *     half of it, rounded down
     * @throws IllegalArgumentException when there is no clock for a task
     */
    public ScheduleGrid(Schedule schedule, int backwardClocks) {
        Objects.requireNonNull(schedule, "schedule");
        int weight = schedule.splitsWeights() ? backwardClocks / 2 : 0;
        if (backwardClocks > MOST_CLOCKS) {
            throw new IllegalArgumentException(
                    "backward cost is " + backwardClocks + "; use up to " + MOST_CLOCKS + " clocks");
        }
        if (backwardClocks < 1 || (schedule.splitsWeights() && weight == 0)) {
            throw new IllegalArgumentException("backward cost " + backwardClocks + " leaves a task of "
                    + schedule.name() + " without a clock; use " + (schedule.splitsWeights() ? 2 : 1) + " or more");
        }
        this.schedule = schedule;
        Cost cost = new Cost(1, backwardClocks - weight, weight);
        timeline = Simulation.run(schedule, Collections.nCopies(schedule.stages(), cost));
    }

    /**
     * From the first task to the last.
     *
     * @return clocks
     */
    public int clocks() {
        return Math.toIntExact(timeline.makespanNanos() / CLOCK_NANOS);
    }

    /**
     * The share of idle clocks.
     *
     * @return 0 to 1
     */
    public double bubble() {
        return timeline.bubble();
    }

    /**
     * Draws it.
     *
     * @param columns of the terminal; what is wider goes on below
     * @return lines, all ended
     */
    public String draw(int columns) {
        String[][] cells = cells();
        int width = Arrays.stream(cells)
                        .flatMap(Arrays::stream)
                        .mapToInt(String::length)
                        .max()
                        .orElseThrow()
                + 1;
        int margin = rowName(schedule.devices() - 1).length() + 1;
        int perBlock = Math.max(1, (columns - margin) / width);
        List<String> blocks = new ArrayList<>();
        for (int clock = 0; clock < clocks(); clock += perBlock) {
            StringBuilder block = new StringBuilder(" ".repeat(margin));
            int end = Math.min(clocks(), clock + perBlock);
            for (int column = clock; column < end; column++) {
                block.append(padded(String.valueOf(column), width));
            }
            for (int device = 0; device < cells.length; device++) {
                block.append('\n')
                        .append(rowName(device))
                        .append(" ".repeat(margin - rowName(device).length()));
                for (int column = clock; column < end; column++) {
                    block.append(padded(cells[device][column], width));
                }
            }
            blocks.add(block.append('\n').toString());
        }
        return String.join("\n", blocks);
    }

    private String[][] cells() {
        String[][] cells = new String[schedule.devices()][clocks()];
        for (String[] row : cells) {
            Arrays.fill(row, ".");
        }
        for (TimelineEvent event : timeline.events()) {
            int start = Math.toIntExact(event.startNanos() / CLOCK_NANOS);
            Arrays.fill(cells[event.device()], start, Math.toIntExact(event.endNanos() / CLOCK_NANOS), "=");
            cells[event.device()][start] = event.task().label(schedule.devices());
        }
        return cells;
    }

    private static String rowName(int device) {
        return "device " + device;
    }

    private static String padded(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }
}
