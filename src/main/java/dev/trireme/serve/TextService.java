package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.Request;
import dev.trireme.generate.TextRun;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the requests of a call and writes their answer. */
final class TextService {
    private static final Logger LOG = LoggerFactory.getLogger(TextService.class);
    private static final String RECEIPT = "receipt";

    private final ServedModel model;
    private final Optional<RequestLog> log;

    TextService(ServedModel model, Optional<RequestLog> log) {
        this.model = model;
        this.log = log;
    }

    void answer(LoggedCall call, Exchange exchange) throws IOException, InterruptedException {
        TextJob asked = call.job(model);
        TextJob job = model.fingerprints().isPresent() ? asked.withLogProbabilities() : asked;
        if (job.options().stream()) {
            stream(call, job, exchange);
        } else {
            List<TextRun> runs = runs(model, job);
            ObjectNode answer = job.shape().whole(runs, job.options().choices());
            receipt(call, runs).ifPresent(receipt -> answer.set(RECEIPT, receipt));
            exchange.reply(200, answer);
        }
    }

    /** Runs a job to its end. */
    static List<TextRun> runs(ServedModel model, TextJob job) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(job.requests().size());
        List<TextRun> runs = new ArrayList<>();
        try {
            for (Request request : job.requests()) {
                runs.add(start(model, job, request, new TextRun.Follower() {
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
        return runs;
    }

    private static TextRun start(ServedModel model, TextJob job, Request request, TextRun.Follower follower) {
        return TextRun.start(
                model.engine(), request, model.tokenizer(), job.options().stop(), follower);
    }

    /** Also logs it. */
    private Optional<ObjectNode> receipt(LoggedCall call, List<TextRun> runs) {
        Optional<ObjectNode> receipt = model.fingerprints().map(server -> Receipt.of(server, call, runs));
        receipt.ifPresent(made -> log.ifPresent(open -> open.add(call, made)));
        return receipt;
    }

    private void stream(LoggedCall call, TextJob job, Exchange exchange) throws IOException, InterruptedException {
        AtomicInteger left = new AtomicInteger(job.requests().size());
        List<TextRun> runs = new CopyOnWriteArrayList<>();
        Events events = new Events(() -> runs.forEach(TextRun::cancel));
        try {
            for (Request request : job.requests()) {
                int first = runs.size() * job.options().choices();
                runs.add(start(model, job, request, follower(job, events, first, left)));
            }
            exchange.replyAsEvents();
            events.writeTo(exchange, () -> last(call, job, runs));
        } finally {
            runs.forEach(TextRun::cancel);
        }
    }

    /** Usage, if it is wanted, and the receipt. */
    private Optional<ObjectNode> last(LoggedCall call, TextJob job, List<TextRun> runs) {
        if (runs.stream().anyMatch(run -> run.failure().isPresent())) {
            return Optional.empty();
        }
        Optional<ObjectNode> receipt = receipt(call, runs);
        if (receipt.isEmpty() && !job.options().usage()) {
            return Optional.empty();
        }
        ObjectNode chunk = job.options().usage()
                ? job.shape().usageChunk(runs)
                : job.shape().emptyChunk();
        receipt.ifPresent(made -> chunk.set(RECEIPT, made));
        return Optional.of(chunk);
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

    /** What went wrong is told to the log; a client need not know of it. */
    private static ApiException failed(Throwable failure) {
        if (!(failure instanceof CancellationException)) {
            LOG.warn("an answer could not be computed", failure);
        }
        return ApiException.of(500, "server_error", "generation_failed", "The answer could not be computed.");
    }
}
