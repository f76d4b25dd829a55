package dev.trireme.cli;

import java.io.PrintWriter;
import java.util.Optional;
import java.util.Timer;
import java.util.TimerTask;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Tells on standard error what a command does now, so that nobody waits before an empty screen. A step that ends in a
 * moment is not worth a line, so that an error found at once is the only one.
 */
final class Activity {
    private static final int PATIENCE_MILLIS = 200;

    private final PrintWriter err;
    private final boolean silent;
    private final Timer timer = new Timer("activity", true);
    private Optional<TimerTask> pending = Optional.empty();

    private Activity(PrintWriter err, boolean silent) {
        this.err = err;
        this.silent = silent;
    }

    /** Of a command; one that is silent prints nothing. */
    static Activity of(CommandSpec spec, boolean silent) {
        Activity activity = new Activity(spec.commandLine().getErr(), silent);
        ((Main) spec.root().userObject()).endWith(activity);
        return activity;
    }

    /** A step begins, and the one before has ended. */
    synchronized void begin(String step) {
        end();
        TimerTask line = new TimerTask() {
            @Override
            public void run() {
                printIfPending(this, step);
            }
        };
        pending = Optional.of(line);
        timer.schedule(line, PATIENCE_MILLIS);
    }

    private synchronized void printIfPending(TimerTask line, String step) {
        if (pending.filter(line::equals).isPresent()) {
            remark(step + " …");
        }
    }

    /** Something to know that is no error. */
    void remark(String text) {
        if (!silent) {
            err.println("trireme: " + text);
        }
    }

    /** The last step has ended. */
    synchronized void end() {
        pending.ifPresent(TimerTask::cancel);
        pending = Optional.empty();
    }
}
