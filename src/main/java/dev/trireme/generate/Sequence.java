package dev.trireme.generate;

import java.util.Arrays;

/** A prompt and the tokens that were appended to it. */
final class Sequence {
    private final int number;
    private final int[] ids;
    private final double[] logProbabilities; // of new tokens, as far as there are any
    private final int promptLength;
    private final long drawKey;
    private final int[] ends;
    private final TokenListener listener;
    private int row;
    private int length;
    private StopReason stop = StopReason.LENGTH;

    /**
     * @param number of the prompt in its request
     * @param seed of what is drawn
     * @param ends tokens that end the text and are not part of it
     * @param listener told of every token
     */
    Sequence(int number, Prompt prompt, long seed, int[] ends, TokenListener listener) {
        this.number = number;
        this.ids = Arrays.copyOf(prompt.ids(), prompt.ids().length + prompt.maxNewTokens());
        this.logProbabilities = new double[prompt.maxNewTokens()];
        this.promptLength = prompt.ids().length;
        this.length = promptLength;
        this.drawKey = Draws.key(seed, prompt.ids());
        this.ends = ends;
        this.listener = listener;
    }

    private Sequence(Sequence parent) {
        this.number = parent.number;
        this.ids = parent.ids.clone();
        this.logProbabilities = parent.logProbabilities.clone();
        this.promptLength = parent.promptLength;
        this.length = parent.length;
        this.drawKey = parent.drawKey;
        this.ends = parent.ends;
        this.listener = TokenListener.NONE;
    }

    /** A copy that grows by itself, of which nobody is told. */
    Sequence fork() {
        return new Sequence(this);
    }

    /** Its place in the cache. */
    int row() {
        return row;
    }

    void moveTo(int newRow) {
        row = newRow;
    }

    int length() {
        return length;
    }

    int newTokens() {
        return length - promptLength;
    }

    /** A random number for the next token: from 0 to below 1. */
    double draw() {
        return Draws.uniform(drawKey, newTokens());
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
            return;
        }
        logProbabilities[newTokens()] = logProbability;
        ids[length++] = token;
        if (!listener.accept(number, token)) {
            stop = StopReason.STOP_TEXT;
        }
    }

    /** Takes over what a fork has become. */
    void become(Sequence fork) {
        for (int i = length; i < fork.length && !isDone(); i++) {
            append(fork.ids[i], fork.logProbabilities[i - promptLength]);
        }
        stop = stop == StopReason.LENGTH ? fork.stop : stop;
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

    Completion completion(boolean withLogProbabilities) {
        int count = withLogProbabilities ? newTokens() : 0;
        return new Completion(slice(promptLength, length), Arrays.copyOf(logProbabilities, count), stop);
    }
}
