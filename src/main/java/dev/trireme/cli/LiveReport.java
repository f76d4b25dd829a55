package dev.trireme.cli;

import dev.trireme.cli.output.CommandText;
import dev.trireme.cli.output.OutputMode;
import dev.trireme.config.Requirements;
import dev.trireme.http.LoopbackServer;
import dev.trireme.http.Reply;
import dev.trireme.report.PageHtml;
import dev.trireme.report.ReportFolder;
import dev.trireme.train.page.RunPage;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Timer;
import java.util.TimerTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The page of a run: served while it goes on, and written when it ends, also by a signal.
 *
 * <pre>
 *   listen ─▶ before anything is prepared, so that a port that is taken is told at once
 *   follow ─▶ the run's folder is locked: GET / and /content are answered from its metrics; report.html each minute
 *   close  ─▶ report.html, report.json; nothing is served any more
 * </pre>
 */
final class LiveReport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveReport.class);
    private static final int MINUTE_MILLIS = 60_000;
    private static final int HALT_MILLIS = 2_000;
    private static final String HTML = "text/html; charset=utf-8";

    private final Optional<LoopbackServer> server;

    private LiveReport(Optional<LoopbackServer> server) {
        this.server = server;
    }

    /** @throws IllegalArgumentException when the port is taken */
    static LiveReport listen(Optional<Integer> port) {
        port.ifPresent(number -> Requirements.within("live", number, 0, 65_535));
        return new LiveReport(port.map(LoopbackServer::listen));
    }

    /** Begins to follow a run. */
    Follower follow(Path folder, CommandSpec spec, OutputMode mode) {
        RunPage page = new RunPage(folder, CommandText.of(spec));
        server.ifPresent(listening -> {
            listening.serve("/", () -> new Reply(HTML, PageHtml.live(page.now(true), "content")));
            listening.serve("/content", () -> new Reply(HTML, PageHtml.content(page.now(true))));
            spec.commandLine().getErr().println("trireme: live page: " + listening.address());
        });
        Optional<PrintWriter> remarks =
                mode.isForPeople() ? Optional.of(spec.commandLine().getErr()) : Optional.empty();
        return new Follower(
                page, new ReportFolder(folder), remarks, spec.commandLine().getErr());
    }

    @Override
    public void close() {
        server.ifPresent(LoopbackServer::close);
    }

    /** Writes the page when it is closed, or this process is told to end. */
    static final class Follower implements AutoCloseable {
        private final RunPage page;
        private final ReportFolder folder;
        private final Optional<PrintWriter> remarks;
        private final PrintWriter errors;
        private final Thread hook = new Thread(this::write, "page of the run");
        private final Timer clock = new Timer("page of the run, each minute", true);

        private Follower(RunPage page, ReportFolder folder, Optional<PrintWriter> remarks, PrintWriter errors) {
            this.page = page;
            this.folder = folder;
            this.remarks = remarks;
            this.errors = errors;
            write(); // over that of an earlier run; it says that this one has not ended
            Runtime.getRuntime().addShutdownHook(hook);
            TimerTask again = new TimerTask() {
                @Override
                public void run() {
                    writeIfPossible();
                }
            };
            clock.schedule(again, MINUTE_MILLIS, MINUTE_MILLIS); // a process that is killed leaves a page too
        }

        private void writeIfPossible() {
            try {
                write();
            } catch (RuntimeException e) {
                LOG.debug("the page of the run was not written; it is again in a minute", e);
            }
        }

        private synchronized void write() {
            folder.write(page.now(false));
        }

        /** Before this process halts: no hook runs then. */
        void writeInTime() {
            hook.start();
            try {
                hook.join(HALT_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            clock.cancel();
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                return; // this process is ending, and the hook writes
            }
            try {
                write();
            } catch (RuntimeException e) { // the run counts, and has ended by now
                errors.println("trireme: the page of the run was not written: " + e.getMessage());
                return;
            }
            remarks.ifPresent(writer -> writer.println("page: " + folder.page()));
        }
    }
}
