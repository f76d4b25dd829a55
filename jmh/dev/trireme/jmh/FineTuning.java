package dev.trireme.jmh;

import dev.trireme.checkpoint.AdapterFolder;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/**
 * Fine-tuning steps of a model folder on random tokens: AdamW at 1e-4, every position but a row's first a label.
 *
 * <pre>
 *   java -cp … dev.trireme.jmh.FineTuning DIR threads=2 steps=6 batch=8 length=256 micro-batches=1 [adapter=DIR]
 * </pre>
 *
 * <p>Step s, from 0, trains on {@code Random(s).nextInt(vocabulary)}, row by row. The first step is not timed. With an
 * adapter its updates are trained, and nothing else. Prints one JSON object: tokens/s by the median step, resident
 * peak, bytes of the stage, and the loss of each step.
 */
public final class FineTuning {
    private final int rows;
    private final int length;
    private final int microBatches;

    private FineTuning(int rows, int length, int microBatches) {
        this.rows = rows;
        this.length = length;
        this.microBatches = microBatches;
    }

    /** See the class. */
    public static void main(String[] arguments) throws IOException {
        FineTuning task = new FineTuning(
                number(arguments, "batch", 8), number(arguments, "length", 256), number(arguments, "micro-batches", 1));
        NativeLibrary.setThreads(number(arguments, "threads", 1));
        Optional<Path> adapter = value(arguments, "adapter").map(Path::of);
        try (HuggingFaceFolder base = HuggingFaceFolder.open(Path.of(arguments[0]));
                Pipeline model = task.open(base, adapter)) {
            System.out.println(task.run(model, base.config().model().vocabulary(), number(arguments, "steps", 6)));
        }
    }

    private static Optional<String> value(String[] arguments, String name) {
        return Arrays.stream(arguments)
                .filter(argument -> argument.startsWith(name + "="))
                .map(argument -> argument.substring(name.length() + 1))
                .findFirst();
    }

    private static int number(String[] arguments, String name, int usual) {
        return value(arguments, name).map(Integer::parseInt).orElse(usual);
    }

    private Pipeline open(HuggingFaceFolder base, Optional<Path> adapter) {
        ModelConfig model = base.config().model();
        if (adapter.isEmpty()) {
            return Pipeline.alone(loaded(base, Stage.open(model, 0, model.layers(), Device.CPU)), microBatches);
        }
        try (AdapterFolder updates = AdapterFolder.open(adapter.orElseThrow(), model)) {
            Stage stage = loaded(base, Stage.open(updates.model(), 0, model.layers(), Device.CPU));
            updates.load(StageParameters.ofUpdates(List.of(stage)));
            return Pipeline.alone(stage, microBatches);
        }
    }

    private static Stage loaded(HuggingFaceFolder base, Stage stage) {
        base.load(new StageParameters(stage));
        return stage;
    }

    private String run(Pipeline model, int vocabulary, int steps) throws IOException {
        List<Double> millis = new ArrayList<>();
        StringJoiner losses = new StringJoiner(", ", "[", "]");
        for (int step = 0; step <= steps; step++) {
            List<MicroBatch> batches = batches(step, vocabulary);
            double weight = batches.stream().mapToDouble(MicroBatch::weightSum).sum();
            long begin = System.nanoTime();
            double loss = model.train(step + 1, 1234, batches, weight);
            model.update(OptimizerConfig.adamW(), 1e-4);
            millis.add((System.nanoTime() - begin) / 1e6);
            losses.add("" + loss / weight);
        }
        List<Double> timed = millis.stream().skip(1).sorted().toList();
        return "{\"tokens_per_s\": " + 1000 * rows * length / timed.get(timed.size() / 2) + ", \"step_ms\": " + timed
                + ", \"peak_mb\": " + peak() + ", \"stage_mb\": "
                + model.stages().get(0).memoryBytes() / 1048576.0 + ", \"losses\": " + losses + "}";
    }

    private List<MicroBatch> batches(int step, int vocabulary) {
        Random random = new Random(step);
        int[] ids = IntStream.generate(() -> random.nextInt(vocabulary))
                .limit((long) rows * length)
                .toArray();
        int tokens = rows * length / microBatches;
        float[] weights = new float[tokens];
        Arrays.fill(weights, 1);
        return IntStream.range(0, microBatches)
                .mapToObj(number -> new MicroBatch(
                        Arrays.copyOfRange(ids, number * tokens, (number + 1) * tokens),
                        weights,
                        rows / microBatches,
                        length,
                        (long) number * rows / microBatches))
                .toList();
    }

    /** Most memory that this process has held, in MiB. */
    private static double peak() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }
}
