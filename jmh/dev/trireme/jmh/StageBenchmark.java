package dev.trireme.jmh;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.engine.Mode;
import dev.trireme.engine.Stage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A training step, its loss alone, and what a call into C++ costs. */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StageBenchmark {
    private final OptimizerConfig optimizer = OptimizerConfig.adamW();
    private final MicroBatch batch = Small.batch();
    private Stage stage;
    private long step;

    @Setup
    public void open() {
        stage = Small.open();
        stage.load(0, batch);
    }

    @TearDown
    public void close() {
        stage.close();
    }

    @Benchmark
    public double trainStep() {
        stage.begin(++step, 1234, 1, batch.weightSum());
        stage.load(0, batch);
        stage.forward(0, Mode.TRAIN);
        stage.backward(0);
        return stage.gradients().apply(optimizer, 1e-4);
    }

    @Benchmark
    public double loss() {
        stage.forward(0, Mode.EVALUATE);
        return stage.loss(0);
    }

    @Benchmark
    public long callIntoTheCore() {
        return stage.gradients().exposedCommunicationNanos();
    }
}
