package dev.trireme.train;

import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.Rendezvous;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** A rank of {@link Trainer#launch}. Rank 0 tells its launcher how it goes, through its standard output. */
public final class RankMain {
    private RankMain() {}

    /**
     * Trains the part of the rank that the environment names.
     *
     * @param arguments the run's folder
     */
    public static void main(String[] arguments) {
        PrintStream events = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err); // lines of others would break ours
        TrainingRun run = TrainingRun.open(Path.of(arguments[0]));
        Duration timeout = Duration.ofSeconds(run.config().training().parallel().timeoutSeconds());
        try (Rendezvous rendezvous = Rendezvous.setup(RankEnvironment.of(System.getenv()), timeout)) {
            Trainer.trainRank(run, rendezvous, new EventWriter(events));
        }
    }
}
