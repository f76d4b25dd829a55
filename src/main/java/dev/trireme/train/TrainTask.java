package dev.trireme.train;

import dev.trireme.launch.EndSignals;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankRequests;
import dev.trireme.launch.RankTask;
import dev.trireme.launch.Rendezvous;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** A rank of {@link Trainer#launch}. Rank 0 reports its progress to the launcher, one event a line. */
final class TrainTask implements RankTask<TrainTask.Setting, ResultMetrics> {
    /**
     * The settings of each rank.
     *
     * @param folder of the run
     */
    record Setting(String folder) {}

    @Override
    public Optional<ResultMetrics> run(Setting setting, RankEnvironment environment, Consumer<String> lines) {
        EndSignals.listen(RankRequests.ofThisProcess()::end, again -> {}); // the launcher insists by killing
        TrainingRun run = TrainingRun.open(Path.of(setting.folder()));
        Duration timeout = Duration.ofSeconds(run.config().training().parallel().timeoutSeconds());
        try (Rendezvous rendezvous = Rendezvous.setup(environment, timeout)) {
            return Trainer.trainRank(run, rendezvous, event -> lines.accept(EventLine.write(event)));
        }
    }
}
