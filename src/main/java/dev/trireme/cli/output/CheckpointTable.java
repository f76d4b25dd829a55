package dev.trireme.cli.output;

import dev.trireme.config.BadInputException;
import dev.trireme.config.ParallelConfig;
import dev.trireme.train.Checkpoint;
import dev.trireme.train.Checkpoints;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The checkpoints of a run, the latest first. */
public final class CheckpointTable {
    private static final double MEGABYTE = 1e6;

    private final List<Row> rows = new ArrayList<>();

    private record Row(long step, long bytes, Optional<Checkpoint> content, String problem) {
        String layout() {
            ParallelConfig parallel = content.orElseThrow().config().training().parallel();
            return parallel.worldSize() + "x" + parallel.pipeline().stages();
        }
    }

    private CheckpointTable() {}

    /** Reads all of them, and compares them with their hashes. */
    public static CheckpointTable of(Checkpoints checkpoints) {
        CheckpointTable table = new CheckpointTable();
        for (long step : checkpoints.steps()) {
            Path folder = checkpoints.at(step);
            try {
                String problem = Checkpoints.problem(folder).orElse("");
                table.rows.add(new Row(step, checkpoints.bytes(step), read(folder), problem));
            } catch (BadInputException e) {
                if (Files.exists(folder)) { // else a run that goes on has just removed it
                    throw e;
                }
            }
        }
        return table;
    }

    private static Optional<Checkpoint> read(Path folder) {
        try {
            return Optional.of(Checkpoints.read(folder));
        } catch (BadInputException e) {
            return Optional.empty(); // its hashes say so too
        }
    }

    /** As the latest of them knows it. */
    private long bestStep() {
        return rows.stream()
                .flatMap(row -> row.content.stream())
                .findFirst()
                .map(content -> content.progress().best().step())
                .orElse(0L);
    }

    public boolean allWhole() {
        return rows.stream().allMatch(row -> row.problem.isEmpty());
    }

    public List<String> lines(Path run) {
        if (rows.isEmpty()) {
            return List.of(run + " has no checkpoints");
        }
        List<String> lines =
                new ArrayList<>(List.of("step       written               loss     MB       layout  state"));
        for (Row row : rows) {
            String state = row.problem.isEmpty() ? "whole" : "not whole: " + row.problem;
            lines.add(row.content
                    .map(content -> String.format(
                            Locale.ROOT,
                            "%-10d %s  %-8.4f %-8.1f %-7s %s",
                            row.step,
                            content.written(),
                            content.progress().loss(),
                            row.bytes / MEGABYTE,
                            row.layout(),
                            state + (row.step == bestStep() ? ", best" : "")))
                    .orElse(row.step + " " + state));
        }
        return lines;
    }

    public List<String> json() {
        return rows.stream()
                .map(row -> {
                    JsonLine line = JsonLine.of("checkpoint")
                            .put("step", row.step)
                            .put("bytes", row.bytes)
                            .put("whole", row.problem.isEmpty())
                            .put("problem", row.problem);
                    row.content.ifPresent(content -> line.put("written", content.written())
                            .put("loss", content.progress().loss())
                            .put("layout", row.layout())
                            .put("best", row.step == bestStep()));
                    return line.toString();
                })
                .toList();
    }
}
