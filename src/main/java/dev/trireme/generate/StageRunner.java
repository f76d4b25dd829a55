package dev.trireme.generate;

import dev.trireme.parallel.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/**
 * Sends passes through the stages of a copy, each on the thread of its device:
 *
 * <pre>
 *   device 0 │ 0 1 2 0 1        a pass enters a stage when the one before has left it
 *   device 1 │   0 1 2 0 1
 * </pre>
 *
 * <p>A single device works on the caller's thread, which has nothing else to do.
 */
final class StageRunner implements AutoCloseable {
    private final ModelCopy model;
    private final List<Worker> workers = new ArrayList<>(); // of the devices; none for a single one
    private final AtomicLongArray busyNanos;

    /** @param devices on which stages lie in turn */
    StageRunner(ModelCopy model, int devices, String name) {
        this.model = model;
        this.busyNanos = new AtomicLongArray(model.stages());
        for (int device = 0; device < devices && devices > 1; device++) {
            workers.add(new Worker(name + " device " + device));
        }
    }

    /** @param done told of the end of the pass, and of what it failed by, if so; on the thread of a device */
    void start(Pass pass, BiConsumer<Pass, List<Throwable>> done) {
        enter(pass, 0, done);
    }

    private void enter(Pass pass, int stage, BiConsumer<Pass, List<Throwable>> done) {
        if (workers.isEmpty()) {
            run(pass, stage, done);
        } else {
            workers.get(stage % workers.size()).start(() -> run(pass, stage, done));
        }
    }

    private void run(Pass pass, int stage, BiConsumer<Pass, List<Throwable>> done) {
        long begin = System.nanoTime();
        try {
            pass.run(model, stage);
        } catch (Throwable e) { // whatever it is, the loop waits for the pass
            done.accept(pass, List.of(e));
            return;
        }
        busyNanos.addAndGet(stage, System.nanoTime() - begin);
        if (stage == model.stages() - 1) {
            done.accept(pass, List.of());
        } else {
            enter(pass, stage + 1, done);
        }
    }

    List<Long> busyNanos() {
        return IntStream.range(0, busyNanos.length()).mapToObj(busyNanos::get).toList();
    }

    @Override
    public void close() {
        workers.forEach(Worker::close);
    }
}
