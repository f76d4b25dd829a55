package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.config.Reduction;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.Rendezvous;
import dev.trireme.parallel.Replica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterIT {
    @TempDir
    private Path folder;

    @Test
    void aCheckpointThatCouldNotBeWrittenIsWrittenWhenItIsAskedForAgain() throws IOException {
        TrainingRun run = TinyRun.prepare(folder, TinyRun.resumable(1, 5, TinyRun.ranks(1, Reduction.TREE)));
        Progress progress = Progress.START.afterStep(Progress.Sums.NONE, 5);
        List<RunEvent> told = new ArrayList<>();
        try (Rendezvous alone = Rendezvous.setup(RankEnvironment.alone(), Duration.ofSeconds(5));
                Tokenizer tokenizer = run.openTokenizer();
                Replica replica = Trainer.openReplica(run, alone);
                CheckpointWriter writer = new CheckpointWriter(
                        run, ModelFolder.of(run, () -> tokenizer), replica.stages(), told::add, 1)) {
            Path blocked = Files.createFile(run.checkpoints().folder());
            writer.begin(progress);
            writer.finish();
            assertThat(writer.savedStep()).isZero();
            Files.delete(blocked);
            writer.begin(progress);
            writer.finish();
            assertThat(writer.savedStep()).isEqualTo(1);
            writer.begin(progress); // it is there
            writer.finish();
        }
        assertThat(told).hasSize(1);
        assertThat(run.checkpoints().latest(damaged -> {})).contains(1L);
    }
}
