package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.Request;
import dev.trireme.generate.TextModel;
import dev.trireme.generate.TextRun;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs the requests of a call and writes their answer. */
final class TextService {
    private static final String RECEIPT = "receipt";

    private final TextModel model;
    private final Optional<Receipts> receipts;
    private final RequestCounts counts = new RequestCounts();

    TextService(TextModel model, Optional<Receipts> receipts) {
        this.model = model;
        this.receipts = receipts;
    }

    RequestCounts counts() {
        return counts;
    }

    void embed(Exchange exchange) throws IOException {
        LoggedCall call = LoggedCall.now(EmbeddingCall.PATH, exchange.body());
        EmbeddingCall job = EmbeddingCall.read(call.body(), model);
        Optional<CallStamp> stamp = receipts.map(proof -> proof.stamp(call));
        forgetBody(exchange);
        List<float[]> vectors = job.vectors(model);
        counts.promptTokens.add(job.tokens());
        ObjectNode answer = job.json(model, vectors);
        stamp.ifPresent(given -> answer.set(RECEIPT, receipts.orElseThrow().ofVectors(given, vectors)));
        exchange.reply(200, answer);
    }

    /**
     * What is kept of a call while it is answered, which may take long: token ids, not its body.
     *
     * @param stamp for the receipt, if there is to be one
     */
    record Accepted(TextJob job, Optional<CallStamp> stamp) {}

    Accepted accept(LoggedCall call) {
        TextJob job = call.job(model);
        return receipts.map(proof -> new Accepted(job.withLogProbabilities(), Optional.of(proof.stamp(call))))
                .orElseGet(() -> new Accepted(job, Optional.empty()));
    }

    void answer(String path, Exchange exchange) throws IOException, InterruptedException {
        Accepted call = accept(LoggedCall.now(path, exchange.body()));
        forgetBody(exchange);
        TextJob job = call.job();
        if (job.options().stream()) {
            stream(call, exchange);
        } else {
            List<TextRun> runs = runs(job);
            ObjectNode answer = job.shape().whole(runs, job.options().choices());
            receipt(call, runs).ifPresent(receipt -> answer.set(RECEIPT, receipt));
            exchange.reply(200, answer);
        }
    }

    private void forgetBody(Exchange exchange) {
        if (receipts.flatMap(Receipts::log).isEmpty()) { // which keeps it until the answer is there
            exchange.forgetBody();
        }
    }

    /** Runs a job to its end. */
    List<TextRun> runs(TextJob job) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(job.requests().size());
        List<TextRun> runs = new ArrayList<>();
        try {
            for (Request request : job.requests()) {
                runs.add(start(job, request, new TextRun.Follower() {
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
            end(runs);
        }
        Optional<Throwable> failure =
                runs.stream().flatMap(run -> run.failure().stream()).findFirst();
        if (failure.isPresent()) {
            throw RunEvents.failed(failure.get());
        }
        return runs;
    }

    private TextRun start(TextJob job, Request request, TextRun.Follower follower) {
        return TextRun.start(
                model.engine(), request, model.tokenizer(), job.options().stop(), follower);
    }

    private void end(List<TextRun> runs) {
        runs.forEach(TextRun::cancel); // without effect on those that are done
        runs.forEach(counts::count);
    }

    private Optional<ObjectNode> receipt(Accepted call, List<TextRun> runs) {
        return receipts.flatMap(proof -> call.stamp().map(stamp -> proof.ofTexts(stamp, runs)));
    }

    private void stream(Accepted call, Exchange exchange) throws IOException, InterruptedException {
        TextJob job = call.job();
        AtomicInteger left = new AtomicInteger(job.requests().size());
        List<TextRun> runs = new CopyOnWriteArrayList<>();
        Events events = new Events(() -> runs.forEach(TextRun::cancel));
        try {
            for (Request request : job.requests()) {
                int first = runs.size() * job.options().choices();
                RunEvents follower = new RunEvents(events, job, request.prompt(), first, last -> {
                    synchronized (events) { // or a run of another copy could come after the end
                        if (left.decrementAndGet() == 0) {
                            events.end(last);
                        } else {
                            events.add(last);
                        }
                    }
                });
                runs.add(start(job, request, follower));
            }
            exchange.replyAsEvents();
            events.writeTo(exchange, last -> ends(call, runs, last));
        } finally {
            end(runs);
        }
    }

    /**
     * The last event of the last run, then usage, if it is wanted. The receipt is in the last of them: there is no chunk
     * without choices that a client did not ask for.
     */
    private List<ObjectNode> ends(Accepted call, List<TextRun> runs, ObjectNode last) {
        if (runs.stream().anyMatch(run -> run.failure().isPresent())) {
            return List.of(last);
        }
        TextJob job = call.job();
        List<ObjectNode> ends =
                job.options().usage() ? List.of(last, job.shape().usageChunk(runs)) : List.of(last);
        receipt(call, runs).ifPresent(made -> ends.get(ends.size() - 1).set(RECEIPT, made));
        return ends;
    }
}
