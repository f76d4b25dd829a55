package dev.trireme.generate;

import dev.trireme.config.PipelineLayout;
import dev.trireme.engine.Weights;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** An engine of a model without weights that runs one request at a time and fails when a test says so; for other packages. */
public final class FaultyEngine implements AutoCloseable {
    private final BlockingQueue<RuntimeException> faults = new LinkedBlockingQueue<>();
    private final Engine engine;
    private volatile boolean closing;

    /**
     * An engine.
     *
     * @param copies of the model
     * @param vocabulary of its tokenizer
     */
    public FaultyEngine(int copies, int vocabulary) {
        GenerationLayout layout = new GenerationLayout(PipelineLayout.of(1, "even"), 1, copies, "cpu", 1);
        engine = new Engine(
                Stream.generate(() -> (ModelCopy) new Faulty(vocabulary))
                        .limit(copies)
                        .toList(),
                Fakes.config(vocabulary, 600),
                EngineConfig.of(layout, Weights.FLOAT32).withBatch(1, 40, 40),
                List.of());
    }

    private final class Faulty extends FakeModel {
        Faulty(int vocabulary) {
            super(vocabulary, 600);
        }

        @Override
        void computing(int stage, int pass) {
            Optional.ofNullable(faults.poll()).ifPresent(fault -> {
                long answered = engine.metrics().answered();
                while (!closing
                        && engine.metrics().requests() < 2
                        && engine.metrics().answered() == answered) {
                    LockSupport.parkNanos(1_000_000);
                }
                throw fault;
            });
        }
    }

    /** The next iteration fails, as soon as another request waits, was answered by another copy, or this is closed. */
    public void failOnce(RuntimeException fault) {
        faults.add(fault);
    }

    /** What fails. */
    public Engine engine() {
        return engine;
    }

    @Override
    public void close() {
        closing = true; // who waits for another request would wait for ever once close has refused it
        engine.close();
    }
}
