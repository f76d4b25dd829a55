package dev.trireme.plan;

import dev.trireme.config.Reduction;
import dev.trireme.engine.BackendKind;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Part;
import dev.trireme.engine.ProcessGroup;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankTask;
import dev.trireme.launch.Rendezvous;
import dev.trireme.model.ModelConfig;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Measures how fast ranks of a host sum gradients at their best: those of a stage that is an embedding and nothing else. */
final class LinkRank implements RankTask<LinkRank.Setting, LinkRank.Speed> {
    private static final int ROUNDS = 25;
    private static final int WIDTH = 256;
    private static final int LEAST_BYTES = 4096;

    /** How many bytes. */
    record Setting(int bytes) {}

    /** Of the ring that the all-reduce is taken for. */
    record Speed(double bytesPerSecond, double latencySeconds) {}

    @Override
    public Optional<Speed> run(Setting setting, RankEnvironment environment, Consumer<String> lines) {
        NativeLibrary.setThreads(1);
        int ranks = environment.worldSize();
        try (Rendezvous rendezvous = Rendezvous.setup(environment, Rendezvous.DEFAULT_TIMEOUT)) {
            double small = seconds(rendezvous, LEAST_BYTES);
            double large = seconds(rendezvous, setting.bytes());
            double volume = Ring.volume(ranks, setting.bytes());
            rendezvous.agree("end of the measurement", Map.of());
            return Optional.of(new Speed(volume / Math.max(1e-9, large - small), small / (2 * (ranks - 1))));
        }
    }

    private static double seconds(Rendezvous rendezvous, int bytes) {
        int rows = Math.max(1, bytes / Float.BYTES / WIDTH - 2); // a position more
        ModelConfig model = ModelConfig.gpt2(1, 4, WIDTH, rows, 2);
        try (Stage stage = Stage.open(model, new Part(0, 0, true, false), Device.CPU, Weights.TRAINABLE);
                ProcessGroup group = rendezvous
                        .group("link of " + bytes, BackendKind.of(Device.CPU), Rendezvous.DEFAULT_TIMEOUT)
                        .orElseThrow()) {
            stage.gradients().join(group, bytes, Reduction.BUCKETS);
            double best = Double.POSITIVE_INFINITY;
            for (int round = 0; round < ROUNDS; round++) {
                stage.gradients().await();
                best = Math.min(best, stage.gradients().exposedCommunicationNanos() / 1e9);
            }
            return best;
        }
    }
}
