package dev.trireme.generate;

import dev.trireme.config.PipelineLayout;
import dev.trireme.engine.Simulator;
import dev.trireme.engine.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Generation on the simulated devices of the native tests, a line for each layout: its tokens, then waits per iteration. */
public final class SimulatedGeneration {
    private static final Path MODEL = Path.of("src/test/resources/golden/llama-tiny");

    private SimulatedGeneration() {}

    /** Runs all. */
    public static void run() {
        run("tokens cpu", "cpu", 1);
        run("tokens one", "sim:0", 1);
        run("tokens two", "sim", 2);
    }

    private static void run(String name, String device, int stages) {
        GenerationLayout layout = new GenerationLayout(
                new PipelineLayout(
                        stages,
                        PipelineLayout.SINGLE.split(),
                        PipelineLayout.SINGLE.schedule(),
                        1,
                        PipelineLayout.SINGLE.checkpointing()),
                stages,
                1,
                device,
                1);
        try (Engine engine = Engine.open(MODEL, EngineConfig.of(layout, Weights.FLOAT32))) {
            List<Handle> handles = IntStream.range(0, 4)
                    .mapToObj(i -> engine.submit(
                            Request.of(new int[] {5 + i, 17, 9 - i}, GenerateOptions.upTo(6)), RequestListener.NONE))
                    .toList();
            String tokens = handles.stream()
                    .map(handle ->
                            Arrays.toString(handle.await().choices().get(0).ids()))
                    .toList()
                    .toString();
            System.out.println(name + ": " + tokens);
            long waits = Simulator.waits(), iterations = iterations(engine);
            engine.submit(Request.of(new int[] {3, 1}, GenerateOptions.upTo(7)), RequestListener.NONE)
                    .await();
            System.out.println("waits of " + name + ": " + (Simulator.waits() - waits) + " in "
                    + (iterations(engine) - iterations) + " iterations");
        }
    }

    private static long iterations(Engine engine) {
        return engine.metrics().copies().get(0).counts().iterations();
    }
}
