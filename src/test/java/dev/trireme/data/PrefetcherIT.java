package dev.trireme.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PrefetcherIT {
    private static final String NAME = "prefetcher-test";

    @Test
    void valuesComeInOrderFromADaemonThreadOfThatName() {
        AtomicReference<Thread> thread = new AtomicReference<>();
        Iterator<Integer> source = IntStream.range(0, 1000)
                .peek(i -> thread.set(Thread.currentThread()))
                .iterator();
        List<Integer> taken = new ArrayList<>();
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(source, 3, NAME)) {
            prefetcher.forEachRemaining(taken::add);
            assertThatThrownBy(prefetcher::next).isInstanceOf(NoSuchElementException.class);
        }
        assertThat(taken).isEqualTo(IntStream.range(0, 1000).boxed().toList());
        assertThat(thread.get()).isNotNull().satisfies(ended -> {
            assertThat(ended.getName()).isEqualTo(NAME);
            assertThat(ended.isDaemon()).isTrue();
            assertThat(ended.isAlive()).isFalse();
        });
    }

    @Test
    void noMoreThanItsCapacityAndOneIsMadeAhead() throws InterruptedException {
        AtomicInteger made = new AtomicInteger();
        Semaphore madeThree = new Semaphore(0);
        AtomicReference<Thread> maker = new AtomicReference<>();
        Iterator<Integer> endless = endless(() -> {
            maker.set(Thread.currentThread());
            madeThree.release();
            return made.incrementAndGet();
        });
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(endless, 2, NAME)) {
            madeThree.acquire(3);
            untilItWaits(Objects.requireNonNull(maker.get())); // for room
            assertThat(made.get()).isEqualTo(3);
            assertThat(prefetcher.next()).isEqualTo(1);
            madeThree.acquire();
            assertThat(made.get()).isEqualTo(4);
        }
    }

    @Test
    void aFailureArrivesAfterTheValuesBeforeIt() {
        AtomicInteger calls = new AtomicInteger();
        IllegalArgumentException failure = new IllegalArgumentException("bad row");
        Iterator<Integer> source = endless(() -> {
            if (calls.incrementAndGet() == 3) {
                throw failure;
            }
            return calls.get();
        });
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(source, 8, NAME)) {
            assertThat(prefetcher.next()).isEqualTo(1);
            assertThat(prefetcher.next()).isEqualTo(2);
            assertThatThrownBy(prefetcher::hasNext).isSameAs(failure);
            assertThatThrownBy(prefetcher::next).isSameAs(failure);
        }
    }

    @Test
    void errorsAndCheckedExceptionsArriveToo() {
        OutOfMemoryError error = new OutOfMemoryError("made up");
        IOException checked = new IOException("disk");
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(endless(() -> throwAny(error)), 1, NAME)) {
            assertThatThrownBy(prefetcher::next).isSameAs(error);
        }
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(endless(() -> throwAny(checked)), 1, NAME)) {
            assertThatThrownBy(prefetcher::next)
                    .isInstanceOf(IllegalStateException.class)
                    .hasCause(checked);
        }
    }

    @Test
    void closingEndsAThreadThatWaitsForRoomOrForItsSource() {
        List<Thread> threads = new ArrayList<>();
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(1);
        Prefetcher<Integer> full = new Prefetcher<>(endless(() -> note(threads)), 1, NAME);
        full.next();
        full.close();
        full.close();
        Prefetcher<Integer> stuck = new Prefetcher<>(
                endless(() -> {
                    note(threads);
                    waiting.countDown();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return 1;
                }),
                1,
                NAME);
        assertThat(CompletableFuture.runAsync(() -> await(waiting))).succeedsWithin(Duration.ofSeconds(30));
        stuck.close();
        assertThat(threads).isNotEmpty().noneMatch(Thread::isAlive);
        assertThatThrownBy(full::hasNext)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(NAME + " is closed");
    }

    @Test
    void closingReleasesACallerThatWaitsForASourceThatIgnoresIt() {
        Semaphore stubborn = new Semaphore(0);
        CountDownLatch asked = new CountDownLatch(1);
        Prefetcher<Integer> prefetcher = new Prefetcher<>(
                endless(() -> {
                    stubborn.acquireUninterruptibly();
                    return 1;
                }),
                1,
                NAME);
        CompletableFuture<Integer> caller = CompletableFuture.supplyAsync(() -> {
            asked.countDown();
            return prefetcher.next();
        });
        await(asked);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(prefetcher::close);
        assertThat(caller)
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableThat()
                .withCauseInstanceOf(IllegalStateException.class);
        stubborn.release();
        closing.join();
    }

    @Test
    void anInterruptEndsTheWaitStaysSetAndLosesNoValue() {
        Semaphore allowed = new Semaphore(1);
        AtomicInteger made = new AtomicInteger();
        Iterator<Integer> source = endless(() -> {
            allowed.acquireUninterruptibly();
            return made.incrementAndGet();
        });
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(source, 1, NAME)) {
            assertThat(prefetcher.next()).isEqualTo(1);
            Thread.currentThread().interrupt();
            assertThatThrownBy(prefetcher::next)
                    .isInstanceOf(CancellationException.class)
                    .hasMessageContaining("waited for " + NAME);
            assertThat(Thread.interrupted()).isTrue();
            allowed.release();
            assertThat(prefetcher.next()).isEqualTo(2);
            allowed.release(10);
        }
    }

    @Test
    void aSourceThatLeavesItsThreadInterruptedLosesNoValue() {
        Iterator<Integer> source = IntStream.range(0, 100)
                .peek(i -> Thread.currentThread().interrupt())
                .iterator();
        List<Integer> taken = new ArrayList<>();
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(source, 2, NAME)) {
            prefetcher.forEachRemaining(taken::add);
        }
        assertThat(taken).isEqualTo(IntStream.range(0, 100).boxed().toList());
    }

    @Test
    void onlyWaitingIsCountedAsWaiting() throws InterruptedException {
        Semaphore allowed = new Semaphore(1);
        Iterator<Integer> source = endless(() -> {
            allowed.acquireUninterruptibly();
            return 1;
        });
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(source, 1, NAME)) {
            prefetcher.next();
            long before = prefetcher.waitedNanos();
            Thread caller = Thread.currentThread();
            Thread later = new Thread(() -> {
                untilItWaits(caller);
                sleep(50);
                allowed.release();
            });
            later.start();
            prefetcher.next();
            assertThat(prefetcher.waitedNanos() - before).isGreaterThan(10_000_000);
            later.join();
            allowed.release();
        }
    }

    private static Integer note(List<Thread> threads) {
        synchronized (threads) {
            threads.add(Thread.currentThread());
        }
        return 1;
    }

    private interface Source {
        Integer next();
    }

    private static Iterator<Integer> endless(Source source) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Integer next() {
                return source.next();
            }
        };
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable, R> R throwAny(Throwable failure) throws E {
        throw (E) failure;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void untilItWaits(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            sleep(1);
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
