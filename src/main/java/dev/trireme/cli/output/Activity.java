package dev.trireme.cli.output;

import java.io.PrintWriter;
import java.util.Optional;
import java.util.Timer;
import java.util.TimerTask;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Reports on standard error the current step of a slow command. Steps that end within a moment are not reported, so
 * that an early error is the only line.
 */
public final class Activity {
    private static final int PATIENCE_MILLIS = 200;

    /** The command line's root, which ends the activity of its command when that returns. */
    public interface Owner {
        /**
         * Takes over the activity.
         *
         * @param activity of the command that runs
         */
        void endWith(Activity activity);
    }

    private final PrintWriter err;
    private final boolean silent;
    private final boolean quiet;
    private final Timer timer = new Timer("activity", true);
    private Optional<TimerTask> pending = Optional.empty();

    private Activity(PrintWriter err, boolean silent, boolean quiet) {
        this.err = err;
        this.silent = silent;
        this.quiet = quiet;
    }

    /** The activity of a command. With JSON it reports no steps; with quiet it prints nothing. */
    public static Activity of(CommandSpec spec, boolean json, boolean quiet) {
        Activity activity = new Activity(spec.commandLine().getErr(), json || quiet, quiet);
        ((Owner) spec.root().userObject()).endWith(activity);
        return activity;
    }

    /** Begins a step and ends the previous one. */
    public synchronized void begin(String step) {
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

    /** A step that takes a second or more begins: it loads libtorch. Its line does not wait. */
    public synchronized void beginLong(String step) {
        end();
        print(step + " …", silent);
    }

    private synchronized void printIfPending(TimerTask line, String step) {
        if (pending.filter(line::equals).isPresent()) {
            print(step + " …", silent);
        }
    }

    /** Prints a remark that is no error. */
    public void remark(String text) {
        print(text, quiet);
    }

    private void print(String text, boolean not) {
        if (!not) {
            err.println("trireme: " + text);
        }
    }

    /** Ends the last step. */
    public synchronized void end() {
        pending.ifPresent(TimerTask::cancel);
        pending = Optional.empty();
    }
}
