package dev.trireme.jmh;

import dev.trireme.engine.BackendKind;
import dev.trireme.engine.GroupConfig;
import dev.trireme.engine.ProcessGroup;
import dev.trireme.engine.Store;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Two ranks, here as threads, sum a bucket over real Gloo sockets on loopback. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AllReduceBenchmark {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** float64 values: one value, the bytes of a bucket, those of all gradients of {@code small}. */
    @Param({"1", "524288", "3121920"})
    private int count;

    private final ExecutorService peer = Executors.newSingleThreadExecutor();
    private final double[][] values = new double[2][];
    private final Store[] stores = new Store[2];
    private final ProcessGroup[] groups = new ProcessGroup[2];

    @Setup
    public void connect() throws Exception {
        stores[0] = Store.host(new InetSocketAddress("127.0.0.1", 0), "jmh", TIMEOUT);
        Future<?> joined = peer.submit(() -> {
            stores[1] = Store.connect(new InetSocketAddress("127.0.0.1", stores[0].port()), "jmh", TIMEOUT);
            groups[1] = open(1);
        });
        groups[0] = open(0);
        joined.get();
        values[0] = new double[count];
        values[1] = new double[count];
    }

    @TearDown
    public void close() {
        peer.shutdown();
        for (int rank = 1; rank >= 0; rank--) {
            groups[rank].close();
            stores[rank].close();
        }
    }

    @Benchmark
    public void allReduce() throws Exception {
        Future<?> other = peer.submit(() -> groups[1].sum(values[1]));
        groups[0].sum(values[0]);
        other.get();
    }

    private ProcessGroup open(int rank) {
        return ProcessGroup.open(stores[rank], new GroupConfig(BackendKind.GLOO, "jmh", rank, 2, "127.0.0.1", TIMEOUT));
    }
}
