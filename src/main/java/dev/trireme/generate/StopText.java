package dev.trireme.generate;

import java.util.List;
import java.util.function.Consumer;

/**
 * Cuts a text before its first stop text. Text that may be the start of a stop text is held back:
 *
 * <pre>
 *   stop text "END.":    "The E" "N" "T. The EN" "D. and"   handed out:  "The " "ENT. The "
 * </pre>
 */
final class StopText {
    private final List<String> stops;
    private final Consumer<String> onText;
    private final StringBuilder text = new StringBuilder();
    private int handedOut;
    private boolean stopped;

    StopText(List<String> stops, Consumer<String> onText) {
        this.stops = stops;
        this.onText = onText;
    }

    void add(String piece) {
        if (stopped) {
            return;
        }
        int before = text.length();
        text.append(piece);
        int cut = cut(before);
        stopped = cut < text.length();
        text.setLength(cut);
        handOut(stopped ? cut : cut - heldBack());
    }

    boolean isStopped() {
        return stopped;
    }

    /** Hands out the text that is held back. @return the whole text that was handed out */
    String finish() {
        handOut(text.length());
        return text.toString();
    }

    /** The begin of the stop text that is complete first; of several, the longest. */
    private int cut(int before) {
        int cut = text.length();
        int firstEnd = Integer.MAX_VALUE;
        for (String stop : stops) {
            int begin = text.indexOf(stop, Math.max(0, before - stop.length() + 1));
            int end = begin + stop.length();
            if (begin >= 0 && (end < firstEnd || (end == firstEnd && begin < cut))) {
                cut = begin;
                firstEnd = end;
            }
        }
        return cut;
    }

    private int heldBack() {
        int most = 0;
        for (String stop : stops) {
            for (int count = Math.min(stop.length() - 1, text.length()); count > most; count--) {
                if (endsWith(stop, count)) {
                    most = count;
                }
            }
        }
        return most;
    }

    /** Whether the text ends in so many first characters of a stop text. */
    private boolean endsWith(String stop, int count) {
        int from = text.length() - count;
        int equal = 0;
        while (equal < count && text.charAt(from + equal) == stop.charAt(equal)) {
            equal++;
        }
        return equal == count;
    }

    private void handOut(int end) {
        if (end > handedOut) {
            onText.accept(text.substring(handedOut, end));
            handedOut = end;
        }
    }
}
