package dev.trireme.hammer;

import dev.trireme.engine.EngineException;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.parallel.PipelineException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Eight threads that use, close, use after close, call from callbacks and interrupt each other. Run as a process of its
 * own, because what it looks for ends the process. It prints what came of the operations on each class, and ends with 1
 * when something came that no documentation says, with 2 when nothing ends any more.
 */
public final class Hammer {
    private static final int THREADS = 8;
    private static final int HANG_MILLIS = 60_000;
    private static final AtomicLong ENDED = new AtomicLong();

    private final String name;
    private final Supplier<Victim> open;
    private final AtomicInteger left;
    private final AtomicReference<Victim> current;
    private final Map<String, LongAdder> outcomes = new ConcurrentSkipListMap<>();
    private final List<Throwable> wrong = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    private Hammer(String name, int operations, Supplier<Victim> open) {
        this.name = name;
        this.open = open;
        this.left = new AtomicInteger(operations);
        this.current = new AtomicReference<>(open.get());
    }

    /** Arguments: operations for each class, and the names of those to hammer, all if none. */
    public static void main(String[] arguments) throws InterruptedException {
        watch();
        NativeLibrary.setThreads(1); // operators of this size gain nothing from more, and those would wait in loops
        int operations = Integer.parseInt(arguments[0]);
        List<String> chosen = List.of(arguments).subList(1, arguments.length);
        boolean good = true;
        for (Map.Entry<String, Supplier<Victim>> each : new TreeMap<>(Victims.all()).entrySet()) {
            if (chosen.isEmpty() || chosen.contains(each.getKey())) {
                good &= new Hammer(each.getKey(), operations, each.getValue()).run();
            }
        }
        System.exit(good ? 0 : 1); // device threads of what is still open may run
    }

    private boolean run() throws InterruptedException {
        long begin = System.nanoTime();
        for (int i = 0; i < THREADS; i++) {
            long seed = i;
            threads.add(new Thread(() -> hammer(new Random(seed)), "hammer " + i));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        current.get().close();
        current.get().close();
        long millis = (System.nanoTime() - begin) / 1_000_000;
        System.out.println(name + " " + outcomes + " in " + millis + " ms");
        synchronized (wrong) {
            wrong.stream().limit(5).forEach(each -> each.printStackTrace(System.out));
            return wrong.isEmpty();
        }
    }

    private void hammer(Random random) {
        while (left.getAndDecrement() > 0) {
            Victim victim = current.get();
            int dice = random.nextInt(100);
            if (dice == 0) {
                attempt("close", victim, victim::close);
            } else {
                if (dice < 4) {
                    Thread.currentThread().interrupt();
                } else if (dice < 8) {
                    threads.get(random.nextInt(THREADS)).interrupt();
                }
                attempt(victim.isClosed() ? "use after close" : "use", victim, () -> victim.use(random));
            }
            Thread.interrupted();
            ENDED.incrementAndGet();
            if (victim.isSpent() && random.nextInt(4) == 0) { // until then it is used all the same
                replace(victim);
            }
        }
    }

    private synchronized void replace(Victim closed) {
        if (current.get() == closed) {
            current.set(open.get());
            Thread.interrupted();
        }
    }

    private void attempt(String what, Victim victim, Victim.Call call) {
        try {
            call.run();
            count(what + ": done");
            if (what.equals("use after close")) {
                wrong(new AssertionError("a use after close did something"));
            }
        } catch (CancellationException e) {
            count(what + ": interrupted");
            if (!Thread.currentThread().isInterrupted()) {
                wrong(new AssertionError("the interrupt is gone", e));
            }
        } catch (EngineException e) {
            count(what + ": failed " + e.kind());
            if (e.kind() != EngineException.Kind.FAILED && e.kind() != EngineException.Kind.TIMEOUT) {
                wrong(e);
            }
        } catch (IllegalStateException | PipelineException | NoSuchElementException e) {
            String reason = String.valueOf(e.getMessage());
            if (reason.contains(" is closed; ")) {
                victim.markSpent();
            }
            count(what + ": " + (reason.contains("closed") ? "closed" : "refused"));
        } catch (IllegalArgumentException e) {
            count(what + ": bad argument");
        } catch (Throwable e) {
            count(what + ": " + e.getClass().getName());
            wrong(e);
        }
    }

    private void wrong(Throwable e) {
        synchronized (wrong) {
            wrong.add(e);
        }
    }

    private void count(String outcome) {
        outcomes.computeIfAbsent(outcome, key -> new LongAdder()).increment();
    }

    /** Ends the process with all stacks when no operation ends. */
    private static void watch() {
        Thread watcher = new Thread(() -> {
            try {
                for (long last = -1; last != ENDED.get(); Thread.sleep(HANG_MILLIS)) {
                    last = ENDED.get();
                }
            } catch (InterruptedException e) {
                return;
            }
            System.out.println("nothing has ended for " + HANG_MILLIS + " ms");
            Thread.getAllStackTraces().forEach((thread, stack) -> {
                System.out.println(thread);
                List.of(stack).forEach(frame -> System.out.println("    " + frame));
            });
            System.out.flush();
            Runtime.getRuntime().halt(2);
        });
        watcher.setDaemon(true);
        watcher.start();
    }
}
