package dev.trireme.train;

import dev.trireme.data.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.function.Supplier;

/** The tokenizer of a run, opened when it is first asked for: nobody needs it while the corpus is encoded already. */
final class RunTokenizer implements Supplier<Tokenizer>, AutoCloseable {
    private final TrainingRun run;
    private Optional<Tokenizer> opened = Optional.empty();
    private boolean closed;

    private RunTokenizer(TrainingRun run) {
        this.run = run;
    }

    static RunTokenizer of(TrainingRun run) {
        return new RunTokenizer(run);
    }

    /** One that is opened on a thread of its own meanwhile. */
    static RunTokenizer opening(TrainingRun run) {
        RunTokenizer tokenizer = new RunTokenizer(run);
        Thread thread = new Thread(tokenizer::begin, "tokenizer");
        thread.setDaemon(true);
        thread.start();
        return tokenizer;
    }

    private synchronized void begin() {
        try {
            if (!closed) {
                get();
            }
        } catch (RuntimeException e) {
            // whoever asks for it is told
        }
    }

    @Override
    public synchronized Tokenizer get() {
        Tokenizer tokenizer = opened.orElseGet(run::openTokenizer);
        opened = Optional.of(tokenizer);
        return tokenizer;
    }

    @Override
    public synchronized void close() {
        closed = true;
        opened.ifPresent(Tokenizer::close);
    }
}
