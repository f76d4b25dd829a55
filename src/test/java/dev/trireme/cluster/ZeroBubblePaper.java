package dev.trireme.cluster;

import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.ScheduleSearch;
import dev.trireme.schedule.Schedules;
import dev.trireme.schedule.SearchProblem;
import dev.trireme.schedule.Simulation;
import dev.trireme.schedule.Task;
import dev.trireme.schedule.TaskKind;
import dev.trireme.schedule.Timeline;
import dev.trireme.schedule.TimelineEvent;
import dev.trireme.schedule.Transfer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Zero Bubble (Qi et al., arXiv 2401.10241): GPT-like models on A100s, F, B, W and transfer times as profiled by its authors,
 * who state them with the schedule playground of their repository. Stages are equal: the first and the last hold a layer less
 * beside embedding and head. 1F1B-I is taken to have a chunk for each layer group that divides evenly: 3, 3 and 2.
 */
final class ZeroBubblePaper {
    private static final List<Setting> SETTINGS = List.of(
            new Setting("1.5B", 8, 24, 3, List.of(18.522, 18.086, 9.337, 0.601)),
            new Setting("1.5B", 8, 64, 3, List.of(18.546, 18.097, 9.321, 0.762)),
            new Setting("14.6B", 16, 48, 3, List.of(11.347, 11.248, 8.132, 0.377)),
            new Setting("28.3B", 32, 96, 2, List.of(10.419, 10.207, 7.715, 0.408)),
            new Setting("28.3B", 32, 256, 2, List.of(10.402, 10.248, 7.698, 0.460)));

    /** Bubble of 1F1B in per cent from profiled times; samples per second over those of 1F1B, measured. */
    private static final double[][] PAPER = {
        {24.3, 1.11, 1.09, 1.23},
        {12.4, 1.02, 1.04, 1.10},
        {25.5, 1.10, 1.15, 1.29},
        {26.5, 1.08, 1.15, 1.30},
        {13.5, 1.02, 1.09, 1.14},
    };

    private ZeroBubblePaper() {}

    private record Setting(String model, int devices, int microBatches, int chunks, List<Double> milliseconds) {
        Cost cost(int chunks) {
            double part = 1e3 * chunks;
            return new Cost(milliseconds.get(0) / part, milliseconds.get(1) / part, milliseconds.get(2) / part);
        }

        Transfer transfers() {
            return (from, to) -> from % devices == to % devices ? 0 : milliseconds.get(3) / 1e3;
        }

        Timeline run(Schedule schedule) {
            return Simulation.run(
                    schedule, Collections.nCopies(schedule.stages(), cost(schedule.chunks())), transfers());
        }

        Schedule searched(int room) {
            return ScheduleSearch.run(new SearchProblem(
                            Collections.nCopies(devices, cost(1)), devices, microBatches, room, transfers()))
                    .schedule();
        }
    }

    static List<PaperRow> rows() {
        List<PaperRow> rows = new ArrayList<>();
        for (int i = 0; i < PAPER.length; i++) {
            Setting setting = SETTINGS.get(i);
            int p = setting.devices;
            int m = setting.microBatches;
            String name = "zero-bubble %s p %d m %d: ".formatted(setting.model, p, m);
            Timeline plain = setting.run(Schedules.oneForwardOneBackward(m, p));
            double base = plain.makespanNanos();
            rows.add(new PaperRow(name + "1F1B bubble %", PAPER[i][0], 100 * plain.bubble()));
            Timeline interleaved = setting.run(Schedules.interleaved(m, p, setting.chunks));
            rows.add(new PaperRow(name + "1F1B-I", PAPER[i][1], base / interleaved.makespanNanos()));
            Timeline one = setting.run(setting.searched(p));
            rows.add(new PaperRow(name + "ZB-1p", PAPER[i][2], base / one.makespanNanos()));
            double two = Math.min(span(setting.run(setting.searched(2 * p))), span(setting.run(secondByHand(m, p))));
            rows.add(new PaperRow(name + "ZB-2p", PAPER[i][3], base / two));
        }
        return rows;
    }

    /** The longest that a device is at work: steps follow each other at that distance where none waits for the others' end. */
    private static double span(Timeline timeline) {
        return IntStream.range(0, timeline.devices())
                .mapToLong(device -> {
                    List<TimelineEvent> own = timeline.events().stream()
                            .filter(event -> event.device() == device)
                            .toList();
                    long end = own.stream()
                            .mapToLong(TimelineEvent::endNanos)
                            .max()
                            .orElseThrow();
                    return end
                            - own.stream()
                                    .mapToLong(TimelineEvent::startNanos)
                                    .min()
                                    .orElseThrow();
                })
                .max()
                .orElseThrow();
    }

    /** ZB-H2: twice the warm-up of ZB-H1, and weights that wait twice as long. */
    private static Schedule secondByHand(int microBatches, int devices) {
        List<List<Task>> all = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
            int warmUp = Math.min(microBatches, 2 * (devices - 1 - device));
            int lag = Math.min(microBatches, 2 * device);
            List<Task> tasks = new ArrayList<>();
            for (int pass = -warmUp; pass < microBatches + lag; pass++) {
                if (pass + warmUp < microBatches) {
                    tasks.add(new Task(device, TaskKind.FORWARD, pass + warmUp));
                }
                if (pass >= 0 && pass < microBatches) {
                    tasks.add(new Task(device, TaskKind.BACKWARD, pass));
                }
                if (pass >= lag) {
                    tasks.add(new Task(device, TaskKind.WEIGHT, pass - lag));
                }
            }
            all.add(tasks);
        }
        return new Schedule("ZB-H2", devices, microBatches, all);
    }
}
