package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.ParallelConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RunLockIT {
    private static final ParallelConfig ALONE = ParallelConfig.ofWorld(1);

    @TempDir
    private Path folder;

    @Test
    void aSecondRunIsRefusedWithTheProcessOfTheFirstUntilThatIsKilled() throws Exception {
        TrainingRun run = TinyRun.prepare(folder, 1, 1, ALONE);
        Process holder = hold(folder);
        try {
            String busy =
                    folder + ", where process " + holder.pid() + " is training; let it end, or name another folder";
            assertThatThrownBy(() -> TinyRun.prepare(folder, 1, 1, ALONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("out is " + busy);
            assertThatThrownBy(() -> Trainer.train(run, TrainListener.NONE)).hasMessageContaining(busy);
            assertThatThrownBy(() -> Trainer.launch(run, System.err)).hasMessageContaining(busy);
            assertThat(TrainingRun.open(folder)).isEqualTo(run);
        } finally {
            holder.destroyForcibly().waitFor();
        }

        Trainer.train(TinyRun.prepare(folder, 1, 2, ALONE), TrainListener.NONE);
        assertThat(run.model()).isDirectory();
    }

    @Test
    @SuppressWarnings("try") // the lock is held, not used
    void theSameProcessIsRefusedTooAndItsLockStays() throws Exception {
        TrainingRun run = TinyRun.prepare(folder, 1, 1, ALONE);
        try (RunLock lock = run.lock()) {
            long own = ProcessHandle.current().pid();
            assertThatThrownBy(run::lock).hasMessageContaining("where process " + own + " is training");
            Process other = hold(folder);
            assertThat(other.waitFor()).isEqualTo(1); // the failed try took no lock away
        }
        run.lock().close();
    }

    @Test
    void aRunThatAnotherReplacedIsNotTrained() {
        TrainingRun run = TinyRun.prepare(folder, 1, 1, ALONE);
        TinyRun.prepare(folder, 1, 2, ALONE);
        assertThatThrownBy(() -> Trainer.train(run, TrainListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds another run than the one that was prepared");
    }

    /** A process that holds the lock until it is killed. */
    private static Process hold(Path folder) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader reader = process.inputReader();
        assertThat(reader.readLine()).isIn("held", "refused");
        return process;
    }

    static final class Holder {
        private Holder() {}

        @SuppressWarnings("try")
        public static void main(String[] arguments) throws InterruptedException {
            try (RunLock lock = RunLock.take(Path.of(arguments[0]))) {
                System.out.println("held");
                Thread.sleep(Long.MAX_VALUE);
            } catch (IllegalArgumentException e) {
                System.out.println("refused");
                System.exit(1);
            }
        }
    }
}
