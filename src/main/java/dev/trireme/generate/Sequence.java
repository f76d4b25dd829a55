package dev.trireme.generate;

import java.util.Arrays;

/** A prompt and the tokens that were appended to it. */
final class Sequence {
    private final int number;
    private final int[] ids;
    private final double[] logProbabilities; // of new tokens, as far as there are any
    private final boolean tellsLogProbabilities;
    private final int promptLength;
    private final long drawKey;
    private final int[] ends;
    private final TokenListener listener;
    private int slot;
    private int length;
    private StopReason stop = StopReason.LENGTH;

    /**
     * @param number of the prompt in its request
     * @param options the seed of what is drawn, and whether log-probabilities are asked for
     * @param ends tokens that end the text and are not part of it
     * @param listener told of every token
     */
    Sequence(int number, Prompt prompt, GenerateOptions options, int[] ends, TokenListener listener) {
        this.number = number;
        this.ids = Arrays.copyOf(prompt.ids(), prompt.ids().length + prompt.maxNewTokens());
        this.logProbabilities = new double[prompt.maxNewTokens()];
        this.tellsLogProbabilities = options.logProbabilities();
        this.promptLength = prompt.ids().length;
        this.length = promptLength;
        this.drawKey = Draws.key(options.sampling().seed(), prompt.ids());
        this.ends = ends;
        this.listener = listener;
    }

    private Sequence(Sequence parent) {
        this.number = parent.number;
        this.ids = parent.ids.clone();
        this.logProbabilities = parent.logProbabilities.clone();
        this.tellsLogProbabilities = parent.tellsLogProbabilities;
        this.promptLength = parent.promptLength;
        this.length = parent.length;
        this.drawKey = parent.drawKey;
        this.ends = parent.ends;
        this.listener = TokenListener.NONE;
    }

    /** An independent copy without a listener. */
    Sequence fork() {
        return new Sequence(this);
    }

    /** Its slot of the cache. */
    int slot() {
        return slot;
    }

    void moveTo(int newSlot) {
        slot = newSlot;
    }

    int length() {
        return length;
    }

    int newTokens() {
        return length - promptLength;
    }

    /** A uniform number in [0, 1) for the next token, another one for each attempt. */
    double draw(int attempt) {
        return Draws.uniform(drawKey, newTokens(), attempt);
    }

    int capacity() {
        return ids.length;
    }

    int id(int index) {
        return ids[index];
    }

    int[] slice(int begin, int end) {
        return Arrays.copyOfRange(ids, begin, end);
    }

    void append(int token, double logProbability) {
        if (isEnd(token)) {
            stop = StopReason.END;
        } else {
            logProbabilities[newTokens()] = logProbability;
            ids[length++] = token;
            if (!listener.accept(number, token)) {
                stop = StopReason.STOP_TEXT;
            }
        }
        if (isDone()) {
            finish();
        }
    }

    /** Tells the listener that the sequence is finished. */
    void finish() {
        listener.finished(number, completion());
    }

    /** Appends the tokens that a fork has appended. */
    void become(Sequence fork) {
        for (int i = length; i < fork.length && !isDone(); i++) {
            append(fork.ids[i], fork.logProbabilities[i - promptLength]);
        }
        if (!isDone()) {
            stop = fork.stop;
            finish();
        }
    }

    boolean isEnd(int token) {
        for (int end : ends) {
            if (token == end) {
                return true;
            }
        }
        return false;
    }

    boolean isDone() {
        return stop != StopReason.LENGTH || length == ids.length;
    }

    Completion completion() {
        int count = tellsLogProbabilities ? newTokens() : 0;
        return new Completion(slice(promptLength, length), Arrays.copyOf(logProbabilities, count), stop);
    }
}
