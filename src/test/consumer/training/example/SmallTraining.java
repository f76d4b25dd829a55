package example;

import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.Pair;
import dev.trireme.data.Splits;
import dev.trireme.model.ModelConfig;
import dev.trireme.train.ResultMetrics;
import dev.trireme.train.StepMetrics;
import dev.trireme.train.Trainer;
import dev.trireme.train.TrainingRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** What each of the projects around does in its own way of starting: trains on two ranks, whose JVMs have to find their classes. */
final class SmallTraining {
    private static final int STEPS = 4;

    private SmallTraining() {}

    /** Says how it went, or throws. */
    static String into(Path folder) {
        List<Pair> pairs = IntStream.range(0, 32)
                .mapToObj(number -> new Pair("Satz " + number + ".", "Sentence " + number + "."))
                .toList();
        TrainConfig training = TrainConfig.defaults()
                .withEpochs(1)
                .withBatchSize(8)
                .withLearningRate(LearningRateSchedule.constant(1e-3))
                .withParallel(ParallelConfig.ofWorld(2));
        TrainingRun run = TrainingRun.prepare(
                folder, new Splits(pairs, pairs, pairs.subList(0, 2)), ModelConfig.gpt2(1, 2, 16, 300, 128), training);
        AtomicInteger steps = new AtomicInteger();
        ResultMetrics result = Trainer.launch(
                run,
                event -> {
                    if (event instanceof StepMetrics) {
                        steps.incrementAndGet();
                    }
                },
                System.err);
        if (steps.get() != STEPS || !Files.exists(run.model().resolve("model.safetensors"))) {
            throw new IllegalStateException(
                    "told of " + steps + " steps instead of " + STEPS + ", or no model is there");
        }
        return "trained " + steps + " steps on two ranks to a loss of " + result.testLoss();
    }
}
