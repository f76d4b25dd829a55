package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import dev.trireme.data.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A request on an engine, and the texts of its choices as far as they have come. */
public final class TextRun {
    /** Hears of a run, on a thread of the engine, which it must not keep. */
    public interface Follower {
        /**
         * A piece of text has come, in whole characters.
         *
         * @param choice number of the text among those of the request, from 0
         * @param piece not empty
         */
        void piece(int choice, String piece);

        /**
         * The log-probability of the prompt's next token, if it was asked for: of each but the first, in order.
         *
         * @param scored the token and its log-probability
         * @param best the most probable tokens at its place, the most probable first; empty unless asked for
         */
        default void promptScored(Completion.Ranked scored, List<Completion.Ranked> best) {}

        /**
         * The log-probability of the next token, if it was asked for. The text of the token comes in a later piece, or in
         * none if it is part of a stop text.
         *
         * @param choice number of the text among those of the request, from 0
         * @param scored the token, its log-probability before temperature and truncation
         * @param best the most probable tokens at its place, the most probable first; empty unless asked for
         */
        default void scored(int choice, Completion.Ranked scored, List<Completion.Ranked> best) {}

        /**
         * The run is done, has failed or was cancelled. Nothing follows.
         *
         * @param run this one
         */
        void ended(TextRun run);
    }

    private final Request request;
    private final Follower follower;
    private final List<AnswerText> texts;
    private volatile Optional<Handle> handle = Optional.empty();
    private volatile Optional<Answer> answer = Optional.empty();
    private volatile Optional<Throwable> failure = Optional.empty();
    private volatile long ended; // as System.nanoTime

    private TextRun(Request request, Tokenizer tokenizer, List<String> stops, Follower follower) {
        this.request = request;
        this.follower = follower;
        this.texts = IntStream.range(0, request.options().choices())
                .mapToObj(choice -> new AnswerText(tokenizer, stops, piece -> follower.piece(choice, piece)))
                .toList();
    }

    /**
     * Submits a request.
     *
     * @param engine that runs it
     * @param request what for
     * @param tokenizer of the model
     * @param stops texts that end an answer, none empty
     * @param follower told of what comes
     * @return the run
     * @throws RuntimeException as {@link Engine#submit}
     */
    public static TextRun start(
            Engine engine, Request request, Tokenizer tokenizer, List<String> stops, Follower follower) {
        NullChecks.require(
                "engine", engine, "request", request, "tokenizer", tokenizer, "stops", stops, "follower", follower);
        TextRun run = new TextRun(request, tokenizer, stops, follower);
        run.handle = Optional.of(engine.submit(request, run.new Told()));
        return run;
    }

    private final class Told implements RequestListener {
        @Override
        public void promptScored(Completion.Ranked scored, List<Completion.Ranked> best) {
            follower.promptScored(scored, best);
        }

        @Override
        public void scored(int choice, Completion.Ranked scored, List<Completion.Ranked> best) {
            follower.scored(choice, scored, best);
        }

        @Override
        public boolean token(int choice, int id) {
            return texts.get(choice).add(id);
        }

        @Override
        public void finished(Answer given) {
            try {
                texts.forEach(AnswerText::finish);
                ended = System.nanoTime();
                answer = Optional.of(given);
            } catch (Throwable e) { // of a tokenizer that is closed, or no memory: the follower waits
                failure = Optional.of(e);
            }
            follower.ended(TextRun.this);
        }

        @Override
        public void failed(Throwable cause) {
            failure = Optional.of(cause);
            follower.ended(TextRun.this);
        }
    }

    /** Ends the run within an iteration, if it is not done. */
    public void cancel() {
        handle.ifPresent(Handle::cancel);
    }

    /**
     * What was asked for.
     *
     * @return the request
     */
    public Request request() {
        return request;
    }

    /**
     * Why it failed.
     *
     * @return empty unless it did, or was cancelled
     */
    public Optional<Throwable> failure() {
        return failure;
    }

    /**
     * Whether the answer is there.
     *
     * @return true once the run has ended without a failure
     */
    public boolean isAnswered() {
        return answer.isPresent();
    }

    /**
     * The answer.
     *
     * @return once the run has ended without a failure
     */
    public Answer answer() {
        return answer.orElseThrow();
    }

    /**
     * How long it took, with the time in the queue; also where no token was asked for.
     *
     * @return nanoseconds, once the run has ended without a failure
     */
    public long nanos() {
        return ended - answer().statistics().submitted();
    }

    /**
     * The text of a choice.
     *
     * @param choice its number
     * @return cut before its stop text, once the run has ended without a failure
     */
    public String text(int choice) {
        return texts.get(choice).text();
    }
}
