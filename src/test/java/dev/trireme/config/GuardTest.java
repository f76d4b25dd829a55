package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GuardTest {
    private final AtomicInteger freed = new AtomicInteger();
    private final Guard guard = new Guard("the thing", freed::incrementAndGet);
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    @Test
    void callsThatComeTogetherRunOneAfterTheOtherInTheOrderInWhichTheyCame() throws Exception {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        threads.add(start(() -> guard.alone("work", this::stay)));
        inside.await();
        for (int i = 0; i < 5; i++) {
            int number = i;
            threads.add(start(() -> guard.inTurn("work", () -> order.add(number))));
            awaitWaiting(threads.get(i + 1));
        }
        assertThat(order).isEmpty();
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(order).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void closingWaitsForTheCallUnderWayAndRefusesTheOnesThatWait() throws Exception {
        CompletableFuture<String> first = run(() -> guard.alone("work", this::stay));
        inside.await();
        CompletableFuture<String> beside = run(() -> guard.beside("look", () -> "beside"));
        assertThat(beside.join()).isEqualTo("beside");
        CompletableFuture<String> second = run(() -> guard.alone("work", () -> "second"));
        Thread closer = start(guard::close);
        assertThatThrownBy(second::join)
                .isInstanceOf(CompletionException.class)
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the thing is closed; open a new one to work");
        assertThatThrownBy(() -> guard.requireOpen("work")).hasMessageContaining("the thing was closed during work");
        assertThat(freed).hasValue(0);
        go.countDown();
        assertThat(first.join()).isEqualTo("stayed");
        closer.join();
        assertThat(freed).hasValue(1);
        guard.close();
        assertThat(freed).hasValue(1);
        assertThatThrownBy(() -> guard.beside("look", () -> "x")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingReturnsOnlyWhenAllIsFreedAlsoByTheThreadWhoseCallEnds() throws Exception {
        for (int round = 0; round < 3000; round++) {
            AtomicInteger done = new AtomicInteger();
            Guard each = new Guard("the thing", () -> {
                LockSupport.parkNanos(50_000);
                done.incrementAndGet();
            });
            CountDownLatch entered = new CountDownLatch(1);
            Thread user = start(() -> each.alone("work", () -> {
                entered.countDown();
                return "";
            }));
            entered.await();
            each.close();
            assertThat(done).hasValue(1);
            user.join();
        }
    }

    @Test
    void whatIsKeptIsFreedWhenItIsLetGo() {
        Runnable letGo = guard.keep("keep");
        guard.close();
        assertThat(freed).hasValue(0);
        letGo.run();
        assertThat(freed).hasValue(1);
    }

    @Test
    void aCallFromWithinACallIsRefusedAlsoOnAThreadThatWorksForIt() {
        Supplier<String> again = () -> guard.inTurn("work", () -> "again");
        assertThatThrownBy(() -> guard.inTurn("work", again))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the thing cannot work")
                .hasMessageContaining("with another one");
        CompletableFuture<String> result = new CompletableFuture<>();
        guard.inTurn("work", () -> {
            CompletableFuture.runAsync(guard.part(() -> {
                        try {
                            result.complete(again.get());
                        } catch (RuntimeException e) {
                            result.completeExceptionally(e);
                        }
                    }))
                    .join();
            return "";
        });
        assertThatThrownBy(result::join).hasRootCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingFromWithinACallFreesWhenTheCallEnds() {
        guard.inTurn("work", () -> {
            guard.close();
            assertThat(freed).hasValue(0);
            return "";
        });
        assertThat(freed).hasValue(1);
    }

    @Test
    void twoCallsThatWouldWaitForEachOthersAreNotLeftWaiting() throws Exception {
        Guard other = new Guard("the other", () -> {});
        CountDownLatch both = new CountDownLatch(2);
        CompletableFuture<String> one = run(() -> guard.inTurn("work", () -> crossing(both, other)));
        CompletableFuture<String> two = run(() -> other.inTurn("work", () -> crossing(both, guard)));
        List<String> results = List.of(one.join(), two.join());
        assertThat(results).contains("refused");
    }

    @Test
    void anInterruptEndsWaitingInTurnAndStaysSet() throws Exception {
        CompletableFuture<String> first = run(() -> guard.alone("work", this::stay));
        inside.await();
        List<Boolean> left = Collections.synchronizedList(new ArrayList<>());
        Thread waiting = start(() -> {
            try {
                guard.inTurn("work", () -> "");
            } catch (CancellationException e) {
                left.add(Thread.currentThread().isInterrupted());
            }
        });
        awaitWaiting(waiting);
        waiting.interrupt();
        waiting.join();
        assertThat(left).containsExactly(true);
        go.countDown();
        assertThat(first.join()).isEqualTo("stayed");
        assertThat(guard.inTurn("work", () -> "usable")).isEqualTo("usable");
    }

    private static String crossing(CountDownLatch both, Guard other) {
        both.countDown();
        try {
            both.await();
            return other.inTurn("work", () -> "done");
        } catch (IllegalStateException e) {
            return "refused";
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String stay() {
        inside.countDown();
        try {
            go.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return "stayed";
    }

    private static void awaitWaiting(Thread thread) throws InterruptedException {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
    }

    private static Thread start(Runnable work) {
        Thread thread = new Thread(work);
        thread.start();
        return thread;
    }

    private static CompletableFuture<String> run(Supplier<String> call) {
        CompletableFuture<String> result = new CompletableFuture<>();
        start(() -> {
            try {
                result.complete(call.get());
            } catch (RuntimeException e) {
                result.completeExceptionally(new CompletionException(e));
            }
        });
        return result;
    }
}
