package dev.trireme.generate;

import java.util.Arrays;
import java.util.function.IntConsumer;

/** A prompt and the tokens that were appended to it. */
final class Sequence {
    private final int[] ids;
    private final int promptLength;
    private final IntConsumer onToken;
    private int length;
    private boolean ended;

    /** @param onToken told of every token but the one that ends the text */
    Sequence(int[] prompt, int maxNewTokens, IntConsumer onToken) {
        this.ids = Arrays.copyOf(prompt, prompt.length + maxNewTokens);
        this.promptLength = prompt.length;
        this.onToken = onToken;
        this.length = prompt.length;
    }

    int length() {
        return length;
    }

    void copyTo(int[] destination, int offset) {
        System.arraycopy(ids, 0, destination, offset, length);
    }

    void append(int token, int endToken) {
        if (token == endToken) {
            ended = true;
            return;
        }
        ids[length++] = token;
        onToken.accept(token);
    }

    boolean isDone() {
        return ended || length == ids.length;
    }

    int[] newIds() {
        return Arrays.copyOfRange(ids, promptLength, length);
    }

    StopReason stop() {
        return ended ? StopReason.END : StopReason.LENGTH;
    }
}
