package dev.trireme.launch;

import dev.trireme.config.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The main class of a rank's JVM: runs the job's {@code main} and watches the launcher. */
public final class RankProcess {
    private static final Logger LOG = LoggerFactory.getLogger(RankProcess.class);

    private RankProcess() {}

    /**
     * Runs a main class; what it throws becomes an exit code.
     *
     * @param arguments name of the main class, then its arguments
     * @throws ReflectiveOperationException when there is no such main class
     */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        watchLauncher(System.in);
        String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
        try {
            Class.forName(arguments[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
        } catch (InvocationTargetException e) {
            Throwable failure = Objects.requireNonNull(e.getCause());
            ExitCode code = ExitCode.of(failure);
            if (code == ExitCode.TERMINATED || code == ExitCode.INTERRUPTED) {
                LOG.info("{}", failure.getMessage());
            } else {
                LOG.error("this rank failed", failure);
            }
            System.exit(code.code());
        }
    }

    /**
     * Passes on what the launcher asks, and halts this process when the launcher ends: it never closes this pipe, so its
     * end means that the launcher has ended, in whatever way. It halts at once, since threads may be blocked in native code.
     */
    private static void watchLauncher(InputStream pipe) {
        Thread watch = new Thread(
                () -> {
                    try {
                        for (int request = pipe.read(); request >= 0; request = pipe.read()) {
                            RankRequests.ofThisProcess().accept(request);
                        }
                    } catch (IOException e) {
                        LOG.debug("the pipe from the launcher broke", e);
                    }
                    Runtime.getRuntime().halt(ExitCode.PEER_LOST.code());
                },
                "launcher watch");
        watch.setDaemon(true);
        watch.start();
    }
}
