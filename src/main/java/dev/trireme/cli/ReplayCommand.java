package dev.trireme.cli;

import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.config.ExitCode;
import dev.trireme.serve.Replay;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "replay",
        description = "Run the calls of a server's log again, and compare every byte.",
        footer = {
            "",
            "The layout need not be the server's: answers have the same bits on every one. Says for each call, by its line and"
                    + " the request's hash in its receipt, whether every byte is equal. Exits with 1 where something is not,"
                    + " and names it: weights, tokenizer, template, adapter, config, dtype, arithmetic, version, time, seed,"
                    + " request, tokens, log_probabilities or vectors."
        })
final class ReplayCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--log", paramLabel = "FILE", required = true, description = "Log of serve --log.")
    private Path log;

    @Option(
            names = "--sample",
            paramLabel = "SHARE",
            description = "Share of the calls to run, above 0 up to 1; the same ones each time (${DEFAULT-VALUE}).")
    private double sample = 1;

    @Mixin
    private ServedModelOptions answering = new ServedModelOptions();

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    @Override
    public Integer call() {
        try (ModelOnEngine loaded = answering.open(answering.config(), activity.activity(false))) {
            return compare(new Replay(loaded.model(), loaded.fingerprints(), sample));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the replay was interrupted");
        }
    }

    private int compare(Replay replay) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        int[] counts = new int[2]; // run, equal
        int lines = replay.run(log, result -> {
            counts[0]++;
            counts[1] += result.isEqual() ? 1 : 0;
            out.println("line " + result.line() + ", request " + name(result) + ": " + said(result));
        });
        if (counts[0] == 0) {
            throw new IllegalArgumentException(
                    "of " + lines + " calls in " + log + " none was run; use a larger --sample, or a log with calls");
        }
        out.println(counts[1] + " of " + counts[0] + " calls have every byte equal; the log has " + lines);
        return counts[0] == counts[1] ? ExitCode.OK.code() : ExitCode.FAILED.code();
    }

    private static String name(Replay.Result result) {
        return result.request().isEmpty() ? "unknown" : result.request();
    }

    private static String said(Replay.Result result) {
        if (result.failure().isPresent()) {
            return "could not be run: " + result.failure().get();
        }
        return result.isEqual() ? "equal" : "not equal: " + String.join(", ", result.differences());
    }
}
