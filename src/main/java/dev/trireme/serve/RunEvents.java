package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.Completion;
import dev.trireme.generate.TextRun;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A run as events: each piece of text with the log-probabilities of its tokens, if they were asked for. */
final class RunEvents implements TextRun.Follower {
    private static final Logger LOG = LoggerFactory.getLogger(RunEvents.class);

    private final Events events;
    private final Shape shape;
    private final int[] prompt;
    private final int first;
    private final Consumer<Supplier<ObjectNode>> onEnd;
    private final List<Scored> ofPrompt;
    private final boolean[] begun;
    private final List<List<Scored>> untold; // of each choice: tokens since its last piece

    /**
     * @param first index of the run's first choice
     * @param onEnd given the last event, which it is to add
     */
    RunEvents(Events events, TextJob job, int[] prompt, int first, Consumer<Supplier<ObjectNode>> onEnd) {
        this.events = events;
        this.shape = job.shape();
        this.prompt = prompt;
        this.ofPrompt = new ArrayList<>(List.of(Scored.first(prompt)));
        this.first = first;
        this.onEnd = onEnd;
        this.begun = new boolean[job.options().choices()];
        this.untold = Stream.generate(() -> (List<Scored>) new ArrayList<Scored>())
                .limit(begun.length)
                .toList();
    }

    @Override
    public void promptScored(Completion.Ranked scored, List<Completion.Ranked> best) {
        if (shape.echoes() && shape.tellsLogProbabilities()) {
            ofPrompt.add(Scored.of(scored, best));
        }
    }

    @Override
    public void scored(int choice, Completion.Ranked scored, List<Completion.Ranked> best) {
        if (shape.tellsLogProbabilities()) {
            untold.get(choice).add(Scored.of(scored, best));
        }
    }

    @Override
    public void piece(int choice, String piece) {
        boolean begins = !begun[choice];
        begun[choice] = true;
        if (begins && shape.echoes()) {
            echo(first + choice);
        }
        List<Scored> tokens = told(choice);
        events.add(() -> shape.piece(first + choice, piece, begins, tokens));
    }

    private void echo(int index) {
        List<Scored> tokens = shape.tellsLogProbabilities() ? List.copyOf(ofPrompt) : List.of();
        events.add(() -> shape.piece(index, shape.text(prompt), true, tokens));
    }

    private List<Scored> told(int choice) {
        List<Scored> tokens = List.copyOf(untold.get(choice));
        untold.get(choice).clear();
        return tokens;
    }

    @Override
    public void ended(TextRun run) {
        if (run.failure().isPresent()) {
            Throwable failure = run.failure().get();
            onEnd.accept(
                    () -> failed(failure).json()); // told when it is written: of what was given up, nobody need know
            return;
        }
        int last = begun.length - 1;
        IntStream.range(0, last).forEach(choice -> events.add(end(choice, run)));
        onEnd.accept(end(last, run));
    }

    private Supplier<ObjectNode> end(int choice, TextRun run) {
        if (!begun[choice]) {
            piece(choice, "");
        }
        List<Scored> tokens = told(choice);
        return () -> shape.end(first + choice, run, choice, tokens);
    }

    /** What went wrong is told to the log; a client need not know of it. */
    static ApiException failed(Throwable failure) {
        if (!(failure instanceof CancellationException)) {
            LOG.warn("an answer could not be computed", failure);
        }
        return ApiException.of(500, "server_error", "generation_failed", "The answer could not be computed.");
    }
}
