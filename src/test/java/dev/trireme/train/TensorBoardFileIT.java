package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.trireme.config.Reduction;
import dev.trireme.config.TrainConfig.Observation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Event files, as Python's tensorboard reads them; skipped where no python3 has that package. */
class TensorBoardFileIT {
    private static final String READER = """
            import sys
            from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
            for event in EventFileLoader(sys.argv[1]).Load():
                for value in event.summary.value:
                    number = value.tensor.float_val[0] if value.HasField("tensor") else value.simple_value
                    print(event.step, value.tag, number)
            """;

    /** As its page shows a folder of several files. */
    private static final String ACCUMULATOR = """
            import logging, sys
            logging.disable() # it tells of what it forgets
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            events = EventAccumulator(sys.argv[1]).Reload()
            print([event.step for event in events.Scalars("train/loss")])
            print([event.value for event in events.Scalars("train/loss")])
            """;

    @TempDir
    private Path folder;

    @Test
    void tensorboardReadsEveryLossAndNorm() throws IOException, InterruptedException {
        assumeTensorBoard();
        TrainingRun run = TinyRun.prepare(
                folder,
                TinyRun.config(1, 3, TinyRun.ranks(1, Reduction.OVERLAPPED))
                        .withObservation(new Observation(true, true)));
        Trainer.train(run, TrainListener.NONE);
        Path events;
        try (Stream<Path> files = Files.list(folder.resolve("tensorboard"))) {
            events = files.findFirst().orElseThrow();
        }
        List<String> read = python("-c", READER, events.toString()).lines().toList();
        List<Double> losses = TrainerIT.losses(TrainerIT.lines(run));
        for (int step = 1; step <= 3; step++) {
            assertThat(read)
                    .contains(step + " train/loss "
                            + (double) losses.get(step - 1).floatValue());
        }
        assertThat(read)
                .anyMatch(line -> line.startsWith("3 gradients/layer_1_mlp "))
                .anyMatch(line -> line.startsWith("3 validation/loss "));
    }

    @Test
    void tensorboardShowsARedoneStepOnce() throws IOException, InterruptedException {
        assumeTensorBoard();
        TrainingRun run = TinyRun.prepare(
                folder,
                TinyRun.resumable(1, 4, TinyRun.ranks(1, Reduction.TREE))
                        .withObservation(new Observation(true, false)));
        ResumeIT.trainUntil(run, 7);
        Trainer.train(Resumption.last(folder).unchanged(), TrainListener.NONE);
        List<Float> losses = TrainerIT.losses(TrainerIT.lines(run)).stream()
                .map(Double::floatValue)
                .toList();
        List<String> read = python(
                        "-c", ACCUMULATOR, folder.resolve("tensorboard").toString())
                .lines()
                .toList();
        assertThat(read.get(0)).isEqualTo("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]");
        assertThat(Stream.of(read.get(1).replaceAll("[\\[\\]]", "").split(", ")).map(Float::valueOf))
                .isEqualTo(losses);
    }

    private static void assumeTensorBoard() throws IOException, InterruptedException {
        assumeThat(python("-c", "import tensorboard"))
                .as("python3 has no tensorboard")
                .isEqualTo("");
    }

    /** Standard output and errors; empty when all went well and nothing was printed. */
    private static String python(String... arguments) throws IOException, InterruptedException {
        List<String> command = Stream.concat(Stream.of(System.getProperty("python", "python3")), Stream.of(arguments))
                .toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
