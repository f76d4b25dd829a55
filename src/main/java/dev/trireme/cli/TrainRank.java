package dev.trireme.cli;

import dev.trireme.cli.output.OutputMode;
import dev.trireme.cli.output.Terminal;
import dev.trireme.config.ParallelConfig;
import dev.trireme.launch.EndSignals;
import dev.trireme.launch.Job;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankRequests;
import dev.trireme.launch.Rendezvous;
import dev.trireme.train.Trainer;
import dev.trireme.train.TrainingEnded;
import dev.trireme.train.TrainingRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The main class of a rank of {@code trireme train}; rank 0 prints. It is not a {@code RankTask}, because rank 0 writes
 * to the terminal itself and reports errors like the command line, and because ranks may be started by another
 * launcher.
 */
public final class TrainRank {
    private TrainRank() {}

    /** The job of a run. It passes on this process's output mode and terminal width. */
    static Job job(TrainingRun run, OutputMode mode, boolean debug) {
        ParallelConfig parallel = run.config().training().parallel();
        int ranks = parallel.worldSize();
        return Job.of(
                        ranks,
                        parallel.threadsOf(Runtime.getRuntime().availableProcessors(), ranks),
                        TrainRank.class.getName(),
                        List.of(run.folder().toString(), mode.name(), Integer.toString(Terminal.columns())))
                .withVariables(debug ? Map.of(Failures.DEBUG_VARIABLE, "1") : Map.of())
                .withTimeout(Duration.ofSeconds(parallel.timeoutSeconds()));
    }

    /**
     * Trains as the rank that the environment names.
     *
     * @param arguments folder of the run, output mode, columns of the terminal
     */
    public static void main(String[] arguments) {
        RankRequests requests = RankRequests.ofThisProcess();
        EndSignals.listen(requests::end, again -> {}); // the launcher insists by killing
        RankEnvironment environment = RankEnvironment.of(System.getenv());
        Main.exitOnFailure(() -> {
            TrainingRun run = TrainingRun.open(Path.of(arguments[0]));
            try (Rendezvous rendezvous = Rendezvous.setup(environment, timeout(run))) {
                run(run, rendezvous, OutputMode.valueOf(arguments[1]), Integer.parseInt(arguments[2]));
            }
        });
    }

    static Duration timeout(TrainingRun run) {
        return Duration.ofSeconds(run.config().training().parallel().timeoutSeconds());
    }

    /** When a run ends as asked, rank 0 tells how to go on; the others have nothing to add. */
    static void run(TrainingRun run, Rendezvous rendezvous, OutputMode mode, int columns) {
        try {
            Trainer.trainRank(run, rendezvous, mode.listener(run, Main.standardOutput(), columns));
        } catch (TrainingEnded e) {
            if (rendezvous.environment().rank() == 0) {
                throw e;
            }
            System.exit(e.exitCode().code());
        }
    }
}
