package dev.trireme.generate;

import dev.trireme.config.Uninterrupted;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;

/** Requests that one caller waits for together. The first that fails ends the others. */
final class Together {
    private final Engine engine;
    private final List<Request> requests;
    private final TokenListener listener;
    private final Completion[] completions;
    private final List<Handle> handles = new ArrayList<>();
    private Optional<Throwable> failure = Optional.empty(); // guarded by this
    private boolean interrupted;

    Together(Engine engine, List<Request> requests, TokenListener listener) {
        this.engine = engine;
        this.requests = requests;
        this.listener = listener;
        this.completions = new Completion[requests.size()];
    }

    /** Calls of the listener do not overlap, also where several copies call it. */
    private final class Told implements RequestListener {
        private final int prompt;

        Told(int prompt) {
            this.prompt = prompt;
        }

        @Override
        public boolean token(int choice, int id) {
            synchronized (Together.this) {
                return failure.isEmpty() && listener.accept(prompt, id);
            }
        }

        @Override
        public void finished(Answer answer) {
            synchronized (Together.this) {
                if (failure.isEmpty()) {
                    finish(prompt, answer.choices().get(0));
                }
            }
        }

        @Override
        public void failed(Throwable cause) {
            fail(cause);
        }
    }

    private void finish(int prompt, Completion completion) {
        completions[prompt] = completion;
        listener.finished(prompt, completion);
    }

    private void fail(Throwable cause) {
        synchronized (this) {
            if (failure.isPresent()) {
                return;
            }
            failure = Optional.of(cause);
        }
        cancel();
    }

    private void cancel() {
        synchronized (handles) {
            handles.forEach(Handle::cancel);
        }
    }

    /** @throws IllegalArgumentException before anything runs, naming the request that cannot be */
    Completions await() {
        engine.requireOpen("generate");
        engine.requireOtherThread("generate");
        requireFit();
        long begin = System.nanoTime();
        submit();
        for (Handle handle : List.copyOf(handles)) {
            await(handle.future());
        }
        if (interrupted) {
            throw interruption();
        }
        failure.ifPresent(this::rethrow);
        return new Completions(
                List.of(completions),
                Timing.of(
                        begin,
                        handles.stream()
                                .map(handle -> handle.await().statistics())
                                .toList()));
    }

    private void requireFit() {
        for (int i = 0; i < requests.size(); i++) {
            String problem = Limits.problem(requests.get(i), engine.config().model());
            if (!problem.isEmpty()) {
                throw new IllegalArgumentException(requests.size() == 1 ? problem : "prompt " + i + ": " + problem);
            }
        }
    }

    /** The longest first, so that none of them runs alone in the end. */
    private void submit() {
        List<Integer> order = IntStream.range(0, requests.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> -requests.get(i).longest()))
                .toList();
        for (int i : order) {
            if (requests.get(i).maxNewTokens() == 0) {
                finish(i, new Completion(new int[0], new double[0], StopReason.LENGTH));
            } else {
                start(i);
            }
        }
        engine.wake();
    }

    private void start(int index) {
        try {
            Handle handle = engine.start(requests.get(index), new Told(index));
            synchronized (handles) {
                handles.add(handle);
            }
            synchronized (this) {
                if (failure.isPresent()) {
                    handle.cancel();
                }
            }
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /** To its end also when it fails: its listener is the caller's. */
    private void await(CompletableFuture<Answer> answer) {
        try {
            Uninterrupted.await(answer::get, () -> {
                interrupted = true;
                cancel();
            });
        } catch (ExecutionException e) {
            fail(Objects.requireNonNullElse(e.getCause(), e));
        } catch (CancellationException e) {
            fail(e);
        }
    }

    private CancellationException interruption() {
        return new CancellationException(
                "the thread was interrupted, which ended its generation; " + engine + " can be used again");
    }

    private void rethrow(Throwable cause) {
        if (cause instanceof RuntimeException exception) {
            throw exception;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        throw new IllegalStateException(cause);
    }
}
