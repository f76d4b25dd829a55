package dev.trireme.train;

import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankRequests;
import dev.trireme.launch.Rendezvous;
import dev.trireme.parallel.Replica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A rank that trains the run in its argument and writes a hash of its weights after every step. */
public final class ChecksumRank {
    private ChecksumRank() {}

    public static void main(String[] arguments) throws IOException {
        TrainingRun run = TrainingRun.open(Path.of(arguments[0]));
        RankEnvironment environment = RankEnvironment.of(System.getenv());
        NativeLibrary.setThreads(1);
        List<String> checksums = new ArrayList<>();
        try (Rendezvous rendezvous = Rendezvous.setup(environment, Duration.ofSeconds(30));
                Tokenizer tokenizer = run.openTokenizer();
                Replica replica = Trainer.openReplica(run, rendezvous);
                MetricsFile metrics = MetricsFile.create(
                        run.folder().resolve("metrics" + (environment.rank() == 0 ? "" : "1") + ".jsonl"), true)) {
            TrainListener checksum = event -> {
                if (event instanceof StepMetrics) {
                    checksums.add(Long.toHexString(replica.stages().get(0).checksum()));
                }
            };
            TrainingData data = TrainingData.read(run, () -> tokenizer, environment.rank());
            new TrainLoop(run, data, replica, Progress.START, telling(metrics.andThen(checksum))).run();
        }
        Files.write(run.folder().resolve("checksums" + environment.rank()), checksums);
    }

    /** A loop that only tells. */
    static TrainLoop.Surroundings telling(TrainListener listener) {
        return new TrainLoop.Surroundings(listener, Optional.empty(), new RankRequests(), Optional.empty());
    }
}
