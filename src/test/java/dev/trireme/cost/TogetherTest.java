package dev.trireme.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A run that waits in vain would wait for ten minutes. */
@Timeout(60)
class TogetherTest {
    private final Thread caller = Thread.currentThread();

    @Test
    void eachPartBeginsWhenAllHaveEndedTheLast() {
        AtomicInteger ended = new AtomicInteger();
        int seen = Together.run(3, together -> {
            ended.incrementAndGet();
            together.await();
            int before = ended.get();
            together.await();
            return before;
        });
        assertThat(seen).isEqualTo(3);
    }

    @Test
    void whatAnotherThreadFailedOfIsThrownAndFreesThoseThatWait() {
        OutOfMemoryError full = new OutOfMemoryError("no room for a stage");
        assertThatThrownBy(() -> Together.run(3, together -> {
                    if (Thread.currentThread().getName().equals("trireme cost 2")) {
                        throw full;
                    }
                    together.await();
                    return 0;
                }))
                .isSameAs(full)
                .hasNoSuppressedExceptions();
    }

    @Test
    void whoComesAfterTheFailureDoesNotWaitEither() throws InterruptedException {
        CountDownLatch failed = new CountDownLatch(1);
        IllegalStateException first = new IllegalStateException("first");
        AtomicInteger passed = new AtomicInteger();
        Thread late = new Thread(() -> {
            while (caller.getState() != Thread.State.WAITING) { // it has failed, and joins the others
                Thread.onSpinWait();
            }
            failed.countDown();
        });
        late.start();
        assertThatThrownBy(() -> Together.run(2, together -> {
                    if (Thread.currentThread().equals(caller)) {
                        throw first;
                    }
                    await(failed);
                    together.await();
                    return passed.incrementAndGet();
                }))
                .isSameAs(first);
        assertThat(passed).hasValue(0);
        late.join();
    }

    @Test
    void theOtherFailuresAreAttachedToTheFirst() {
        CountDownLatch both = new CountDownLatch(2);
        assertThatThrownBy(() -> Together.run(2, together -> {
                    both.countDown();
                    await(both);
                    throw new IllegalStateException(Thread.currentThread().getName());
                }))
                .isInstanceOf(IllegalStateException.class)
                .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(1));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
