package dev.trireme.generate;

import dev.trireme.batching.BlockKey;
import dev.trireme.batching.Branch;
import dev.trireme.batching.Iteration;
import dev.trireme.batching.Job;
import dev.trireme.batching.Scheduler;
import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Choices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/**
 * A request under way: which questions are asked of each pass, and what becomes of the replies. All but {@link #cancel}
 * is called by the thread of the loop that runs the job; {@link #statistics} by any.
 */
abstract class Course {
    /**
     * What a text is computed by.
     *
     * @param key of the beginning of its blocks
     * @param adapter number of the weights beside the model's, 0 for none
     */
    record Root(BlockKey key, int adapter) {}

    /**
     * A choice to make.
     *
     * @param token index within the span whose logits it is made from
     * @param rule of the choice
     * @param logits whether they are wanted themselves
     */
    record Question(int token, ChoiceRule rule, boolean logits) {}

    /**
     * A choice that was made.
     *
     * @param choices that it is among
     * @param row of these
     * @param logits if they were wanted
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Reply(Choices choices, int row, float[] logits) {
        /** The most probable tokens at its place, of as many as its rule asked for. */
        List<Completion.Ranked> best(int most) {
            List<Completion.Ranked> best = new ArrayList<>();
            for (int rank = 0; rank < most; rank++) {
                int id = choices.bestId(row, rank);
                if (id >= 0) {
                    best.add(new Completion.Ranked(id, choices.bestLogProbability(row, rank)));
                }
            }
            return best;
        }
    }

    /**
     * What came of a span.
     *
     * @param replies to its questions, in order
     * @param hidden states of its first {@link #hiddenRows} tokens
     */
    record Outcome(List<Reply> replies, List<float[]> hidden) {}

    final Request request;
    private final RequestListener listener;
    final Job job;
    final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private final long submitted = System.nanoTime();
    private long[] times = new long[16]; // of the steps, as far as there are any
    private int steps;
    private final double[] promptLogProbabilities;
    private final List<List<Completion.Ranked>> promptBest = new ArrayList<>();
    private int promptTold; // tokens of the prompt that were told of
    private OptionalLong started = OptionalLong.empty();
    private int shared;
    private volatile boolean cancelled;

    Course(Request request, RequestListener listener, Root root) {
        this.request = request;
        this.listener = listener;
        boolean asks = request.promptOutput() != Request.PromptOutput.NONE;
        boolean keeps = request.options().keyValueCache();
        this.promptLogProbabilities = new double[scoresPrompt() ? request.prompt().length - 1 : 0];
        this.job = new Job(
                new Branch(request.prompt(), root.key()),
                new Job.Needs(request.longest(), request.width(), keeps && !asks, keeps),
                root.adapter());
    }

    private boolean scoresPrompt() {
        return request.promptOutput() == Request.PromptOutput.LOG_PROBABILITIES || tellsLogits();
    }

    void cancel() {
        cancelled = true;
    }

    final boolean isCancelled() {
        return cancelled;
    }

    /** @throws CancellationException once the request is cancelled, if only by what it was just told */
    final RequestListener told() {
        if (cancelled) {
            throw cancellation();
        }
        return listener;
    }

    /** What becomes of a request that is cancelled. */
    static CancellationException cancellation() {
        return new CancellationException("the request was cancelled");
    }

    /** The questions of a span of the job. */
    final List<Question> questions(Iteration.Span span) {
        if (started.isEmpty()) {
            start(span.first());
        }
        List<Question> questions = new ArrayList<>();
        if (scoresPrompt()) {
            askOfPrompt(span, questions);
        }
        if (span.chooses() && request.maxNewTokens() > 0) {
            for (ChoiceRule rule : rules(span.branch())) {
                questions.add(new Question(span.count() - 1, rule, false));
            }
        }
        return questions;
    }

    private synchronized void start(int sharedTokens) {
        started = OptionalLong.of(System.nanoTime());
        shared = sharedTokens;
    }

    private synchronized void tokensCame(long now) {
        if (steps == times.length) {
            times = Arrays.copyOf(times, 2 * steps);
        }
        times[steps++] = now;
    }

    private void askOfPrompt(Iteration.Span span, List<Question> questions) {
        int length = request.prompt().length;
        for (int position = firstAsked(span); position < endAsked(span); position++) {
            ChoiceRule rule = position + 1 < length
                    ? ChoiceRule.given(
                            request.prompt()[position + 1], request.options().best())
                    : ChoiceRule.GREEDY;
            questions.add(new Question(position - span.first(), rule, tellsLogits()));
        }
    }

    /** How many tokens of a span's beginning are to be told of by their hidden states. */
    final int hiddenRows(Iteration.Span span) {
        boolean tells = request.promptOutput() == Request.PromptOutput.HIDDEN_STATES;
        return tells ? Math.max(0, Math.min(span.count(), request.prompt().length - span.first())) : 0;
    }

    private boolean tellsLogits() {
        return request.promptOutput() == Request.PromptOutput.LOGITS;
    }

    private int firstAsked(Iteration.Span span) {
        return Math.max(promptTold, span.first());
    }

    private int endAsked(Iteration.Span span) {
        int length = request.prompt().length;
        return Math.min(span.first() + span.count(), tellsLogits() ? length : length - 1);
    }

    /**
     * Takes what came of all spans of the job in an iteration.
     *
     * @param now the time, one for all requests of the iteration
     * @return whether the request is done
     */
    final boolean take(List<Iteration.Span> spans, List<Outcome> outcomes, Scheduler scheduler, long now) {
        List<List<Reply>> chosen = new ArrayList<>();
        for (int i = 0; i < spans.size(); i++) {
            List<Reply> left = outcomes.get(i).replies;
            if (scoresPrompt()) {
                left = takeOfPrompt(spans.get(i), left);
            }
            takeHidden(spans.get(i), outcomes.get(i).hidden);
            if (spans.get(i).chooses()) {
                chosen.add(left);
            }
        }
        if (chosen.isEmpty()) {
            return false;
        }
        if (request.maxNewTokens() == 0) {
            return true;
        }
        tokensCame(now);
        return step(chosen, scheduler);
    }

    /** After a preemption the prompt is computed again, to the same bits: what was told is not told twice. */
    private void takeHidden(Iteration.Span span, List<float[]> hidden) {
        for (int i = Math.max(0, promptTold - span.first()); i < hidden.size(); i++) {
            told().promptHidden(hidden.get(i));
            promptTold++;
        }
    }

    /** @return the replies after those of the prompt */
    private List<Reply> takeOfPrompt(Iteration.Span span, List<Reply> replies) {
        int own = Math.max(0, endAsked(span) - firstAsked(span));
        for (Reply reply : replies.subList(0, own)) {
            if (tellsLogits()) {
                told().promptLogits(reply.logits);
            }
            if (promptTold < promptLogProbabilities.length) {
                tellPrompt(reply);
            }
            promptTold++;
        }
        return replies.subList(own, replies.size());
    }

    private void tellPrompt(Reply reply) {
        int id = reply.choices.id(reply.row); // or it is not finite
        double logProbability = reply.choices.logProbability(reply.row);
        List<Completion.Ranked> best = reply.best(request.options().best());
        promptLogProbabilities[promptTold] = logProbability;
        if (request.options().best() > 0) {
            promptBest.add(best);
        }
        told().promptScored(new Completion.Ranked(id, logProbability), best);
    }

    /** Rules for the next token of a branch of the job; all but the first step of several choices have one. */
    abstract List<ChoiceRule> rules(Branch branch);

    /**
     * Appends tokens to the job's branches, or replaces them.
     *
     * @param replies to the rules of each branch of the job
     * @return whether the request is done
     */
    abstract boolean step(List<List<Reply>> replies, Scheduler scheduler);

    abstract List<Completion> completions();

    abstract int generated();

    final synchronized RequestStatistics statistics() {
        return new RequestStatistics(submitted, started, Arrays.copyOf(times, steps), shared, job.preemptions());
    }

    /** Tells that the request is done. */
    final void finish() {
        Answer result = new Answer(completions(), promptLogProbabilities, promptBest, statistics());
        try {
            listener.finished(result);
        } catch (Throwable e) { // of other languages too
            answer.completeExceptionally(e);
            return;
        }
        answer.complete(result);
    }

    /** Tells that the request failed. */
    final void fail(Throwable cause) {
        try {
            listener.failed(cause);
        } catch (Throwable e) {
            if (e != cause) {
                cause.addSuppressed(e);
            }
        }
        answer.completeExceptionally(cause);
    }
}
