package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.engine.CacheType;
import dev.trireme.engine.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an engine promises beside the tokens, on a model without weights. */
@Timeout(60)
class EngineTest {
    private static final int VOCABULARY = 70;
    private static final int[] PROMPT = {1, 2, 3};

    private final FakeModel fake = new FakeModel(VOCABULARY, 600);

    private Engine engine() {
        return engine(settings());
    }

    private Engine engine(EngineConfig settings) {
        return Fakes.engine(fake, settings);
    }

    private static EngineConfig settings() {
        return EngineConfig.of(GenerationLayout.single("cpu", 1), Weights.FLOAT32);
    }

    private static Request upTo(int newTokens) {
        return Request.of(PROMPT, GenerateOptions.upTo(newTokens));
    }

    @Test
    void aRequestThatArrivesWhileOthersDecodeJoinsTheNextIteration() throws InterruptedException {
        Gate gate = new Gate();
        try (Engine engine = engine()) {
            Handle first = engine.submit(upTo(9), gate);
            gate.reached.await();
            Handle second = engine.submit(upTo(4), RequestListener.NONE);
            gate.open.countDown();
            assertThat(first.await().choices().get(0).ids())
                    .startsWith(second.await().choices().get(0).ids());
            assertThat(fake.rowsOfCalls).containsExactly(1, 2, 2, 2, 2, 1, 1, 1, 1);
            assertThat(engine.metrics().answered()).isEqualTo(2);
            assertThat(engine.metrics().generatedTokens()).isEqualTo(13);
            assertThat(engine.metrics().firstTokenNanos().count()).isEqualTo(2);
            assertThat(engine.metrics().betweenTokensNanos().p50()).isPositive();
        }
    }

    @Test
    void cancellingWorksBeforeTheFirstTokenAndFreesTheBlocks() throws InterruptedException {
        Gate gate = new Gate();
        try (Engine engine = engine()) {
            Handle first = engine.submit(upTo(200), gate);
            gate.reached.await();
            Handle second = engine.submit(upTo(200), RequestListener.NONE);
            second.cancel();
            first.cancel();
            gate.open.countDown();
            for (Handle handle : List.of(first, second)) {
                assertThatThrownBy(handle::await)
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("the request was cancelled");
                assertThat(handle.isDone()).isTrue();
            }
            assertThat(fake.rowsOfCalls).containsExactly(1);
            assertThat(engine.answer(upTo(5)).choices().get(0).ids()).hasSize(5);
            assertThat(engine.metrics().blocksInUse()).isZero();
            assertThat(engine.metrics().failed()).isEqualTo(2);
        }
    }

    @Test
    void aRequestThatIsCancelledBeforeTheNextIterationIsNotInIt() throws InterruptedException {
        Gate gate = new Gate();
        CompletableFuture<Handle> late = new CompletableFuture<>();
        try (Engine engine = engine()) {
            Handle first = engine.submit(upTo(200), gate);
            gate.reached.await();
            Handle second = engine.submit(upTo(200), new RequestListener() {
                @Override
                public void failed(Throwable cause) { // when the loop has looked for cancelled requests already
                    Handle third = engine.submit(upTo(200), RequestListener.NONE);
                    third.cancel();
                    late.complete(third);
                }
            });
            first.cancel();
            second.cancel();
            gate.open.countDown();
            assertThatThrownBy(late.join()::await).isInstanceOf(CancellationException.class);
            assertThat(fake.rowsOfCalls).containsExactly(1);
        }
    }

    @Test
    void noTokenIsToldOfOnceARequestIsCancelled() {
        CompletableFuture<Handle> running = new CompletableFuture<>();
        List<Integer> heard = Collections.synchronizedList(new ArrayList<>());
        FakeModel model = new FakeModel(VOCABULARY, 600) {
            @Override
            void computing(int stage, int pass) {
                running.join().cancel();
            }
        };
        try (Engine engine = Fakes.engine(model, settings())) {
            Handle handle = engine.submit(upTo(200), new RequestListener() {
                @Override
                public boolean token(int choice, int id) {
                    return heard.add(id);
                }
            });
            running.complete(handle);
            assertThatThrownBy(handle::await).isInstanceOf(CancellationException.class);
            assertThat(model.extensions(0)).isEqualTo(1);
            assertThat(heard).isEmpty();
        }
    }

    @Test
    void aListenerThatCancelsHearsNothingMore() {
        CompletableFuture<Handle> own = new CompletableFuture<>();
        List<String> heard = Collections.synchronizedList(new ArrayList<>());
        try (Engine engine = engine()) {
            GenerateOptions three = GenerateOptions.upTo(1).withChoices(3).withLogProbabilities(true);
            own.complete(engine.submit(Request.of(new int[] {5}, three), new RequestListener() {
                @Override
                public boolean token(int choice, int id) {
                    own.join().cancel();
                    return heard.add("token of " + choice);
                }

                @Override
                public void finished(Answer answer) {
                    heard.add("finished");
                }

                @Override
                public void failed(Throwable cause) {
                    heard.add(cause.getMessage());
                }
            }));
            assertThatThrownBy(own.join()::await).isInstanceOf(CancellationException.class);
            assertThat(heard).containsExactly("token of 0", "the request was cancelled");
        }
    }

    @Test
    void aListenerThatCancelsAtTheLastTokenIsNotToldThatItIsDone() {
        CompletableFuture<Handle> own = new CompletableFuture<>();
        try (Engine engine = engine()) {
            own.complete(engine.submit(upTo(1), new RequestListener() {
                @Override
                public boolean token(int choice, int id) {
                    own.join().cancel();
                    return true;
                }
            }));
            assertThatThrownBy(own.join()::await).isInstanceOf(CancellationException.class);
        }
    }

    @Test
    void anEngineThatDrainsEndsThoughItsLastRequestCancelsItself() throws InterruptedException {
        CompletableFuture<Handle> own = new CompletableFuture<>();
        Engine engine = engine();
        Thread closer = new Thread(() -> engine.close(Engine.Ending.DRAIN));
        own.complete(engine.submit(upTo(200), new RequestListener() {
            @Override
            public boolean token(int choice, int id) {
                while (closer.getState() != Thread.State.WAITING) {
                    Thread.onSpinWait();
                }
                own.join().cancel();
                return true;
            }
        }));
        closer.start();
        closer.join(60_000);
        assertThat(closer.isAlive()).isFalse();
    }

    @Test
    void aCancelledRequestIsCancelledThoughTheEngineIsClosed() throws InterruptedException {
        Gate gate = new Gate();
        Engine engine = engine();
        Handle handle = engine.submit(upTo(200), gate);
        gate.reached.await();
        handle.cancel();
        CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> engine.close(Engine.Ending.CANCEL));
        while (isOpen(engine)) {
            Thread.onSpinWait();
        }
        gate.open.countDown();
        closed.join();
        assertThatThrownBy(handle::await).isInstanceOf(CancellationException.class);
    }

    @Test
    void cancellingTheFutureCancelsTheRequest() throws InterruptedException {
        Gate gate = new Gate();
        try (Engine engine = engine()) {
            Handle handle = engine.submit(upTo(200), gate);
            CompletableFuture<Answer> future = handle.future();
            gate.reached.await();
            assertThat(future.cancel(true)).isTrue();
            gate.open.countDown();
            assertThatThrownBy(handle::await).isInstanceOf(CancellationException.class);
            assertThat(fake.rowsOfCalls).containsExactly(1);
            for (CompletableFuture<Answer> one : List.of(future, handle.future())) {
                assertThat(one.isCancelled()).isTrue();
                assertThatThrownBy(one::get)
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("the request was cancelled");
            }
        }
    }

    @Test
    void aFutureThatHasItsAnswerCannotBeCancelled() {
        try (Engine engine = engine()) {
            Handle handle = engine.submit(upTo(3), RequestListener.NONE);
            CompletableFuture<Answer> future = handle.future();
            assertThat(future.join()).isEqualTo(handle.await());
            assertThat(future.cancel(true)).isFalse();
            assertThat(future).isCompletedWithValue(handle.await());
        }
    }

    @Test
    void closingAnswersWhatWasAskedForOrFailsIt() throws InterruptedException {
        for (Engine.Ending ending : Engine.Ending.values()) {
            Gate gate = new Gate();
            Engine engine = Fakes.engine(new FakeModel(VOCABULARY, 600), settings());
            Handle running = engine.submit(upTo(30), gate);
            gate.reached.await();
            Handle waiting = engine.submit(upTo(30), RequestListener.NONE);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> engine.close(ending));
            while (isOpen(engine)) {
                Thread.onSpinWait();
            }
            gate.open.countDown();
            closing.join();
            for (Handle handle : List.of(running, waiting)) {
                if (ending == Engine.Ending.DRAIN) {
                    assertThat(handle.await().choices().get(0).ids()).hasSize(30);
                } else {
                    assertThatThrownBy(handle::await)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageEndingWith("was closed during generation; open a new one to do it again");
                }
            }
        }
    }

    private static boolean isOpen(Engine engine) {
        try {
            engine.submit(upTo(1), RequestListener.NONE);
            return true;
        } catch (EngineBusyException e) { // so many came while the other thread had no turn
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    @Test
    void aCallbackMaySubmitAndCloseButNotWait() {
        Engine engine = engine();
        List<Object> heard = Collections.synchronizedList(new ArrayList<>());
        Handle handle = engine.submit(upTo(50), new RequestListener() {
            @Override
            public boolean token(int choice, int id) {
                Handle other = engine.submit(upTo(1), RequestListener.NONE);
                try {
                    other.await();
                } catch (IllegalStateException e) {
                    heard.add(String.valueOf(e.getMessage()));
                }
                engine.close();
                return true;
            }
        });
        assertThatThrownBy(handle::await).hasMessageContaining("was closed during generation");
        assertThat(heard).hasSize(1).first().asString().contains("a callback of its own asks for it");
        engine.close();
        assertThat(fake.freed).isTrue();
    }

    @Test
    void whatAListenerThrowsFailsItsRequestAlone() {
        try (Engine engine = engine()) {
            Handle bad = engine.submit(upTo(9), new RequestListener() {
                @Override
                public boolean token(int choice, int id) {
                    throw new ArithmeticException("mine");
                }
            });
            Handle good = engine.submit(upTo(9), RequestListener.NONE);
            assertThatThrownBy(bad::await)
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessage("mine");
            assertThat(good.await().choices().get(0).ids()).hasSize(9);
        }
    }

    @Test
    void choicesPartAfterThePromptAndEachIsWhatItIsWithFewerBesideIt() {
        Sampling warm = Sampling.GREEDY.withTemperature(1).withSeed(4);
        GenerateOptions options = GenerateOptions.upTo(20).withSampling(warm).withLogProbabilities(true);
        try (Engine engine = engine()) {
            List<Completion> five =
                    engine.answer(Request.of(PROMPT, options.withChoices(5))).choices();
            assertThat(five.stream()
                            .map(choice -> Arrays.toString(choice.ids()))
                            .distinct())
                    .hasSize(5);
            List<Completion> two =
                    engine.answer(Request.of(PROMPT, options.withChoices(2))).choices();
            for (int i = 0; i < 2; i++) {
                assertThat(two.get(i).ids()).isEqualTo(five.get(i).ids());
                assertThat(two.get(i).logProbabilities()).isEqualTo(five.get(i).logProbabilities());
            }
            assertThat(fake.copied).hasValue(4 + 1); // of the prompt's only block
        }
    }

    @Test
    void theMostProbableTokensAreToldInOrder() {
        GenerateOptions options = GenerateOptions.upTo(3).withBest(4).withLogProbabilities(true);
        try (Engine engine = engine()) {
            Completion completion =
                    engine.answer(Request.of(PROMPT, options)).choices().get(0);
            assertThat(completion.best()).hasSize(3).allMatch(best -> best.size() == 4);
            for (int i = 0; i < 3; i++) {
                List<Completion.Ranked> best = completion.best().get(i);
                assertThat(best.get(0).id()).isEqualTo(completion.ids()[i]);
                assertThat(best.get(0).logProbability()).isEqualTo(completion.logProbabilities()[i]);
                assertThat(best.get(3).logProbability()).isLessThan(best.get(0).logProbability());
            }
        }
    }

    @Test
    void masksAllowTokensStepByStep() {
        TokenMasks evenThenOdd = (choice, generated) -> {
            long pattern = generated.length % 2 == 0 ? 0x5555555555555555L : 0xAAAAAAAAAAAAAAAAL;
            return new long[] {pattern, pattern};
        };
        try (Engine engine = engine()) {
            int[] ids = engine.answer(upTo(10).withMasks(evenThenOdd))
                    .choices()
                    .get(0)
                    .ids();
            for (int i = 0; i < ids.length; i++) {
                assertThat(ids[i] % 2).isEqualTo(i % 2);
            }
            assertThatThrownBy(() -> engine.answer(upTo(10).withMasks((choice, generated) -> new long[1])))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(engine.answer(upTo(2)).choices()).hasSize(1);
        }
    }

    @Test
    void aSubscriberTakesTokensAtItsOwnSpeedAndMayStop() {
        try (Engine engine = engine()) {
            int[] expected = engine.answer(upTo(12)).choices().get(0).ids();
            assertThat(taken(engine, 12, 12)).isEqualTo(expected);
            assertThat(taken(engine, 500, 5)).startsWith(Arrays.copyOf(expected, 5));
        }
    }

    private static int[] taken(Engine engine, int newTokens, int most) {
        List<Integer> ids = new ArrayList<>();
        CompletableFuture<List<Integer>> done = new CompletableFuture<>();
        engine.publish(upTo(newTokens)).subscribe(new Flow.Subscriber<>() {
            private Flow.Subscription subscription = new Flow.Subscription() {
                @Override
                public void request(long count) {}

                @Override
                public void cancel() {}
            };

            @Override
            public void onSubscribe(Flow.Subscription given) {
                subscription = given;
                given.request(1);
            }

            @Override
            public void onNext(Integer id) {
                ids.add(id);
                if (ids.size() == most && most < newTokens) {
                    subscription.cancel();
                    done.complete(ids);
                } else {
                    subscription.request(1);
                }
            }

            @Override
            public void onError(Throwable failure) {
                done.completeExceptionally(failure);
            }

            @Override
            public void onComplete() {
                done.complete(ids);
            }
        });
        return done.join().stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void aSaltKeepsBlocksApart() {
        int[] prompt = IntStream.range(0, 69).toArray();
        Request request = Request.of(prompt, GenerateOptions.upTo(1));
        try (Engine engine = engine()) {
            assertThat(engine.answer(request).statistics().sharedTokens()).isZero();
            assertThat(engine.answer(request).statistics().sharedTokens()).isEqualTo(64);
            assertThat(engine.answer(request.withSalt("mine")).statistics().sharedTokens())
                    .isZero();
        }
    }

    @Test
    void whatAnEngineHasNotIsRefused() {
        try (Engine engine = engine()) {
            Request request = Request.of(PROMPT, GenerateOptions.upTo(1)).withAdapter("dialect");
            assertThatThrownBy(() -> engine.submit(request, RequestListener.NONE))
                    .hasMessage("adapter dialect is not loaded; there are none, use an empty name");
        }
        assertThatThrownBy(() -> engine(settings().withCache(CacheType.FLOAT32, 100)))
                .hasMessage(
                        "a cache of 100 bytes holds no block of 32 positions, which takes 32000; give it more memory");
        try (Engine engine = engine()) {
            assertThatThrownBy(() -> engine.submit(
                            Request.of(
                                    PROMPT,
                                    GenerateOptions.upTo(1)
                                            .withSampling(Sampling.GREEDY.withBiases(Map.of(VOCABULARY, 1.0)))),
                            RequestListener.NONE))
                    .hasMessage("id 70 of a bias is not one of the model's; use 0 to 69");
        }
    }
}
