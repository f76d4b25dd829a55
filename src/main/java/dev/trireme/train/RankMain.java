package dev.trireme.train;

import dev.trireme.parallel.RankEnvironment;
import dev.trireme.parallel.Rendezvous;
import java.nio.file.Path;
import java.time.Duration;

/** A rank of {@link Trainer#launch}. */
public final class RankMain {
    private RankMain() {}

    /**
     * Trains the part of the rank that the environment names.
     *
     * @param arguments the run's folder
     */
    public static void main(String[] arguments) {
        TrainingRun run = TrainingRun.open(Path.of(arguments[0]));
        Duration timeout = Duration.ofSeconds(run.config().training().parallel().timeoutSeconds());
        try (Rendezvous rendezvous = Rendezvous.setup(RankEnvironment.of(System.getenv()), timeout)) {
            Trainer.trainRank(run, rendezvous, TrainListener.NONE);
        }
    }
}
