package dev.trireme.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.bench.page.AllPage;
import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.cli.output.ReportOptions;
import dev.trireme.cli.output.Room;
import dev.trireme.config.Json;
import dev.trireme.report.ReportFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "all",
        description =
                "Run all experiments, one after the other, each into a folder of its own, and sum them up on a page.",
        footer = {
            "",
            "An experiment that fails leaves the others to run; the exit code is that of the first that failed. --quick takes "
                    + "about four minutes on two cores."
        })
final class BenchAllCommand implements Callable<Integer> {
    private static final List<String> EXPERIMENTS =
            List.of("data-parallel", "model-parallel", "pipeline", "inference", "layouts");

    @Spec
    private CommandSpec spec;

    @Mixin
    private ReportOptions report = new ReportOptions();

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    private final Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS); // as coarse as any file system

    @Override
    public Integer call() {
        Room<String> room = room(name -> experiment(name).room());
        ReportFolder folder = report.open();
        room.leftOut().forEach(spec.commandLine().getErr()::println);
        List<String> open = new ArrayList<>(room.fitting());
        List<String> failed = new ArrayList<>(room.leftOut());
        int code = 0;
        for (String name : room.fitting()) {
            write(folder, open, failed);
            int end = run(name, folder.path().resolve(name));
            open.remove(name);
            if (end != 0) {
                failed.add(name + " ended with exit code " + end);
                code = code == 0 ? end : code;
            }
        }
        write(folder, open, failed);
        return code;
    }

    /**
     * Experiments of which a part fits run, and say themselves what they leave out.
     *
     * @param check refuses an experiment of that name
     * @throws IllegalArgumentException when none can run, with what the first needs
     */
    static Room<String> room(Consumer<String> check) {
        List<String> fitting = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        for (String name : EXPERIMENTS) {
            try {
                check.accept(name);
                fitting.add(name);
            } catch (IllegalArgumentException e) {
                leftOut.add(name + " was left out: " + e.getMessage());
            }
        }
        if (fitting.isEmpty()) {
            throw new IllegalArgumentException("no experiment can be run: " + leftOut.get(0));
        }
        return new Room<>(fitting, leftOut);
    }

    /** The command as it will run. */
    private Experiment experiment(String name) {
        CommandLine.ParseResult parsed = Main.commandLine(new Main()).parseArgs(words(name, report.path()));
        while (parsed.hasSubcommand()) {
            parsed = parsed.subcommand();
        }
        return (Experiment) parsed.commandSpec().userObject();
    }

    String[] words(String name, Path folder) {
        List<String> words = new ArrayList<>(List.of("bench", name, "--out", folder.toString()));
        if (report.isQuick()) {
            words.add("--quick");
        }
        if (activity.isQuiet()) {
            words.add("--quiet");
        }
        if (((Main) spec.root().userObject()).isDebugging()) {
            words.add("--debug");
        }
        return words.toArray(String[]::new);
    }

    private int run(String name, Path folder) {
        String[] words = words(name, folder);
        spec.commandLine().getOut().println("\ntrireme " + String.join(" ", words));
        return Main.run(spec.commandLine().getOut(), spec.commandLine().getErr(), words);
    }

    private void write(ReportFolder folder, List<String> open, List<String> failed) {
        Map<String, JsonNode> reports = new LinkedHashMap<>();
        EXPERIMENTS.stream()
                .filter(name -> !open.contains(name))
                .forEach(name -> read(folder.path().resolve(name).resolve(ReportFolder.NUMBERS), name, reports));
        List<String> missing = new ArrayList<>(failed);
        if (!open.isEmpty()) {
            missing.add("not run yet: " + String.join(", ", open));
        }
        folder.write(AllPage.of(reports, missing, report.command()));
    }

    /** An experiment that was refused left none, or that of an earlier run. */
    private void read(Path file, String name, Map<String, JsonNode> reports) {
        try {
            if (Files.exists(file)
                    && Files.getLastModifiedTime(file).toInstant().isAfter(begin)) {
                reports.put(name, Json.READER.readTree(Files.readString(file)));
            }
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be read (" + e + "), though it was just written", e);
        }
    }
}
