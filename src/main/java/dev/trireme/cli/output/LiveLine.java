package dev.trireme.cli.output;

import java.io.PrintWriter;

/** A line of a terminal that is redrawn in place; without a terminal it prints nothing. */
public final class LiveLine {
    private final PrintWriter out;
    private final int columns;
    private boolean visible;

    /** @param columns of the terminal; 0 for none */
    public LiveLine(PrintWriter out, int columns) {
        this.out = out;
        this.columns = columns;
    }

    public void show(String text) {
        if (columns > 0) {
            replace(text);
            visible = true;
        }
    }

    /** Clears the line. */
    public void clear() {
        if (visible) {
            replace("");
            visible = false;
        }
    }

    private void replace(String text) {
        String part = text.substring(0, Math.min(text.length(), columns - 1)); // a full line would begin a new one
        out.print("\r" + " ".repeat(columns - 1) + "\r" + part);
        out.flush();
    }
}
