package dev.trireme.generate;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.SubmissionPublisher;

/** Publishes the tokens of a request, for as many subscribers as there are, each with a request of its own. */
final class TokenPublisher implements Flow.Publisher<Integer> {
    private final Engine engine;
    private final Request request;

    TokenPublisher(Engine engine, Request request) {
        this.engine = engine;
        this.request = request;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super Integer> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        // There is room for all tokens, since the loop must not wait for a slow subscriber.
        SubmissionPublisher<Integer> tokens =
                new SubmissionPublisher<>(ForkJoinPool.commonPool(), request.maxNewTokens() + 1);
        tokens.subscribe(subscriber);
        try {
            engine.submit(request, new Told(tokens));
        } catch (RuntimeException e) {
            tokens.closeExceptionally(e);
        }
    }

    private record Told(SubmissionPublisher<Integer> tokens) implements RequestListener {
        @Override
        public boolean token(int choice, int id) {
            tokens.offer(id, null);
            return tokens.hasSubscribers();
        }

        @Override
        public void finished(Answer answer) {
            tokens.close();
        }

        @Override
        public void failed(Throwable cause) {
            tokens.closeExceptionally(cause);
        }
    }
}
