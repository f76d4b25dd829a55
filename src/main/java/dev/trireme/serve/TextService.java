package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs the requests of a call and writes their answer. */
final class TextService {
    private final ServedModel model;

    TextService(ServedModel model) {
        this.model = model;
    }

    void answer(TextJob job, Exchange exchange) throws IOException, InterruptedException {
        if (job.options().stream()) {
            stream(job, exchange);
        } else {
            whole(job, exchange);
        }
    }

    private void whole(TextJob job, Exchange exchange) throws IOException, InterruptedException {
        CountDownLatch left = new CountDownLatch(job.requests().size());
        List<TextRun> runs = new ArrayList<>();
        try {
            for (Request request : job.requests()) {
                runs.add(TextRun.start(request, model, job.options().stop(), new TextRun.Follower() {
                    @Override
                    public void piece(int choice, String piece) {}

                    @Override
                    public void ended(TextRun run) {
                        left.countDown();
                    }
                }));
            }
            left.await();
        } finally {
            runs.forEach(TextRun::cancel); // without effect on those that are done
        }
        Optional<Throwable> failure =
                runs.stream().flatMap(run -> run.failure().stream()).findFirst();
        if (failure.isPresent()) {
            throw failed(failure.get());
        }
        exchange.reply(200, job.shape().whole(runs, job.options().choices()));
    }

    private void stream(TextJob job, Exchange exchange) throws IOException, InterruptedException {
        Events events = new Events();
        AtomicInteger left = new AtomicInteger(job.requests().size());
        List<TextRun> runs = new ArrayList<>();
        try {
            for (Request request : job.requests()) {
                int first = runs.size() * job.options().choices();
                runs.add(TextRun.start(request, model, job.options().stop(), follower(job, events, first, left)));
            }
            events.writeTo(exchange.replyAsEvents(), () -> usage(job, runs));
        } finally {
            runs.forEach(TextRun::cancel);
        }
    }

    private static Optional<ObjectNode> usage(TextJob job, List<TextRun> runs) {
        boolean wanted = job.options().usage()
                && runs.stream().allMatch(run -> run.failure().isEmpty());
        return wanted ? Optional.of(job.shape().usageChunk(runs)) : Optional.empty();
    }

    /** @param first index of the run's first choice */
    private static TextRun.Follower follower(TextJob job, Events events, int first, AtomicInteger left) {
        boolean[] begun = new boolean[job.options().choices()];
        return new TextRun.Follower() {
            @Override
            public void piece(int choice, String piece) {
                events.add(job.shape().piece(first + choice, piece, !begun[choice]));
                begun[choice] = true;
            }

            @Override
            public void ended(TextRun run) {
                run.failure()
                        .ifPresentOrElse(failure -> events.add(failed(failure).json()), () -> {
                            for (int choice = 0; choice < begun.length; choice++) {
                                if (!begun[choice]) {
                                    piece(choice, "");
                                }
                                events.add(job.shape().end(first + choice, run, choice));
                            }
                        });
                if (left.decrementAndGet() == 0) {
                    events.end();
                }
            }
        };
    }

    private static ApiException failed(Throwable failure) {
        return ApiException.of(
                500, "server_error", "generation_failed", "The answer could not be computed: " + failure.getMessage());
    }
}
