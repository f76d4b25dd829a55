package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.engine.CacheType;
import dev.trireme.engine.Weights;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that wait, and what a handle tells of them, on a model without weights. */
@Timeout(60)
class EngineQueueTest {
    private static final int VOCABULARY = 70;

    private final FakeModel fake = new FakeModel(VOCABULARY, 600);

    private Engine engine(EngineConfig settings) {
        return Fakes.engine(fake, settings);
    }

    private static EngineConfig settings() {
        return EngineConfig.of(GenerationLayout.single("cpu", 1), Weights.FLOAT32);
    }

    private static Request upTo(int newTokens) {
        return Request.of(new int[] {1, 2, 3}, GenerateOptions.upTo(newTokens));
    }

    @Test
    void aFullQueueRefusesByATypeOfItsOwn() throws InterruptedException {
        Gate gate = new Gate();
        try (Engine engine = engine(settings().withBatch(1, 40, 40).withQueue(2))) {
            engine.submit(upTo(9), gate);
            gate.reached.await();
            List<Handle> waiting = IntStream.range(0, 2)
                    .mapToObj(i -> engine.submit(upTo(9), RequestListener.NONE))
                    .toList();
            assertThatThrownBy(() -> engine.submit(upTo(9), RequestListener.NONE))
                    .isInstanceOf(EngineBusyException.class)
                    .hasMessage("2 requests wait already, which is the most; ask again later, or allow a longer queue");
            gate.open.countDown();
            waiting.forEach(handle -> assertThat(handle.await().choices()).hasSize(1));
        }
    }

    @Test
    void aHandleTellsHowItsRequestGoes() throws InterruptedException {
        Gate gate = new Gate();
        try (Engine engine = engine(settings().withBatch(1, 40, 40))) {
            Handle first = engine.submit(upTo(9), gate);
            gate.reached.await();
            Handle second = engine.submit(upTo(4), RequestListener.NONE);
            RequestStatistics running = first.statistics();
            assertThat(running.queuedNanos().orElseThrow()).isNotNegative();
            assertThat(running.firstTokenNanos().orElseThrow())
                    .isGreaterThanOrEqualTo(running.queuedNanos().orElseThrow());
            assertThat(running.tokens()).hasSize(1);
            RequestStatistics waiting = second.statistics();
            assertThat(waiting.queuedNanos()).isEmpty();
            assertThat(waiting.firstTokenNanos()).isEmpty();
            gate.open.countDown();
            assertThat(second.await().statistics().tokens()).hasSize(4);
            assertThat(second.statistics().submitted()).isEqualTo(waiting.submitted());
            assertThat(first.statistics().tokens()).hasSize(9);
            assertThat(second.statistics().started().orElseThrow())
                    .isGreaterThanOrEqualTo(first.statistics().tokens()[8]);
        }
    }

    @Test
    void aRequestTellsHowOftenItWasPreempted() {
        try (Engine engine = engine(settings().withCache(CacheType.FLOAT32, 4 * fake.blockBytes()))) {
            List<Handle> handles = IntStream.range(0, 3)
                    .mapToObj(i -> engine.submit(upTo(80).withSalt("" + i), RequestListener.NONE))
                    .toList();
            int preemptions = handles.stream()
                    .mapToInt(handle -> handle.await().statistics().preemptions())
                    .sum();
            assertThat(preemptions).isPositive();
            assertThat((long) preemptions)
                    .isEqualTo(engine.metrics().copies().get(0).counts().preemptions());
            assertThat(handles.get(0).statistics().preemptions())
                    .as("of the oldest")
                    .isZero();
        }
    }

    @Test
    void threadsThatSubmitAtOnceDoNotOverfillTheQueue() throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 50; round++) {
                Gate gate = new Gate();
                FakeModel own = new FakeModel(VOCABULARY, 600);
                try (Engine engine =
                        Fakes.engine(own, settings().withBatch(1, 40, 40).withQueue(2))) {
                    engine.submit(upTo(2), gate);
                    gate.reached.await();
                    Callable<String> caller = () -> {
                        try {
                            engine.submit(upTo(2), RequestListener.NONE);
                            return "taken";
                        } catch (EngineBusyException e) {
                            return e.getMessage();
                        }
                    };
                    List<Future<String>> told = threads.invokeAll(
                            Stream.generate(() -> caller).limit(8).toList());
                    gate.open.countDown();
                    int taken = 0;
                    for (Future<String> one : told) {
                        taken += one.get().equals("taken") ? 1 : 0;
                        assertThat(one.get()).matches("taken|2 requests wait already.*");
                    }
                    assertThat(taken).isEqualTo(2);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
