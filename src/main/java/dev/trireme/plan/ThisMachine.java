package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import dev.trireme.cost.CostMeter;
import dev.trireme.engine.Device;
import dev.trireme.engine.Memory;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.launch.Rendezvous;
import dev.trireme.launch.TaskJob;
import java.io.OutputStream;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/**
 * This host as a {@link Machine} whose devices are its cores: rates of one core alone, the share of them that each keeps
 * while all compute, and the link that ranks sum gradients over.
 */
public final class ThisMachine {
    private static final int ROWS = 2048;
    private static final int INNER = 256;
    private static final int COLUMNS = 1024;
    private static final int REPETITIONS = 20;
    private static final long READ_BYTES = 256L << 20;
    private static final int ROUND_TRIPS = 2000;

    private ThisMachine() {}

    /** What is kept: rates. Free memory is asked for each time. */
    private record Rates(
            double gemm,
            double gemmBusy,
            double read,
            double readBusy,
            double wake,
            LinkRank.Speed link,
            String date) {}

    /**
     * Measured today, or now, in some seconds.
     *
     * @param meter keeps the figures
     * @param errors where the standard error of ranks goes
     * @return this host, with as many devices as it has cores
     */
    public static Machine measured(CostMeter meter, OutputStream errors) {
        NullChecks.require("meter", meter, "errors", errors);
        Rates rates = meter.kept("rates of " + CostMeter.machine(), Rates.class, () -> measure(errors));
        String by = "measured here on " + rates.date() + ": ";
        Figure one = new Figure(1, "rates are what was reached");
        Figure flops = new Figure(rates.gemm(), by + "float32 products of 2048 × 256 × 1024 on one core");
        Figure bytes = new Figure(rates.read(), by + "one core sums 256 MB");
        Link link = new Link(
                new Figure(rates.link().bytesPerSecond(), by + "two ranks' all-reduce over Gloo, by the ring's volume"),
                new Figure(rates.link().latencySeconds(), by + "two ranks' all-reduce of one bucket of 4 kB"));
        return new Machine(
                "this",
                "cpu",
                0,
                1,
                cores(),
                new Machine.Memory(
                        new Figure(free(), "free now, of machine and control groups"),
                        new Figure(0, "what is free is free"),
                        bytes,
                        one,
                        new Figure(rates.readBusy() / rates.read(), by + "the same on every core at once")),
                new Machine.Gemm(
                        flops,
                        new Figure(rates.gemm(), "as float32: this version computes in float32 on a CPU"),
                        new Figure(rates.gemm(), "as float32: this version computes in float32 on a CPU"),
                        one,
                        new Figure(rates.gemmBusy() / rates.gemm(), by + "the same on every core at once")),
                new Figure(0, "in the measured costs"),
                new Figure(rates.wake(), by + "handing a task to another thread"),
                link,
                link);
    }

    private static Rates measure(OutputStream errors) {
        NativeLibrary.setThreads(1);
        double flops = 2.0 * ROWS * INNER * COLUMNS;
        DoubleSupplier gemm = () -> flops / NativeLibrary.gemmSeconds(Device.CPU, ROWS, INNER, COLUMNS, REPETITIONS);
        DoubleSupplier read = () -> READ_BYTES / NativeLibrary.readSeconds(Device.CPU, READ_BYTES, 3);
        double alone = gemm.getAsDouble();
        double busy = Math.min(alone, together(gemm));
        double readAlone = read.getAsDouble();
        double readBusy = Math.min(readAlone, together(read));
        LinkRank.Speed link = new TaskJob<>(LinkRank.class, LinkRank.Speed.class, 2, 1, Rendezvous.DEFAULT_TIMEOUT)
                .run(new LinkRank.Setting(8 << 20), errors, end -> new IllegalStateException(end.failure()));
        return new Rates(
                alone,
                busy,
                readAlone,
                readBusy,
                wakeSeconds(),
                link,
                LocalDate.now(ZoneOffset.UTC).toString());
    }

    /** The mean rate of a core while all do the same. */
    private static double together(DoubleSupplier rate) {
        List<CompletableFuture<Double>> all = IntStream.range(0, cores())
                .mapToObj(core ->
                        CompletableFuture.supplyAsync(rate::getAsDouble, task -> start(task, "trireme rate " + core)))
                .toList();
        return all.stream().mapToDouble(CompletableFuture::join).average().orElseThrow();
    }

    /** Half of a round trip between two threads. */
    private static double wakeSeconds() {
        SynchronousQueue<Integer> there = new SynchronousQueue<>();
        SynchronousQueue<Integer> back = new SynchronousQueue<>();
        Thread echo = start(
                new FutureTask<>(() -> IntStream.range(0, ROUND_TRIPS).forEach(trip -> pass(back, pass(there))), true),
                "trireme echo");
        long[] nanos = new long[ROUND_TRIPS];
        try {
            for (int trip = 0; trip < ROUND_TRIPS; trip++) {
                long start = System.nanoTime();
                pass(there, trip);
                pass(back);
                nanos[trip] = System.nanoTime() - start;
            }
        } finally {
            echo.interrupt(); // it has ended, unless this thread was interrupted
        }
        Arrays.sort(nanos);
        return nanos[ROUND_TRIPS / 2] / 1e9 / 2;
    }

    /** A daemon: a measurement keeps no process alive. */
    private static Thread start(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void pass(SynchronousQueue<Integer> queue, int value) {
        try {
            queue.put(value);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static int pass(SynchronousQueue<Integer> queue) {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static IllegalStateException interrupted() {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while this machine was measured");
    }

    private static double free() {
        return Memory.available(Device.CPU).orElse(Long.MAX_VALUE);
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }
}
