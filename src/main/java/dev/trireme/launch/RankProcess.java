package dev.trireme.launch;

import dev.trireme.config.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the launcher runs in a rank's JVM: the job's {@code main}, and a watch on the launcher. */
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
            LOG.error("this rank failed", failure);
            System.exit(ExitCode.of(failure).code());
        }
    }

    /**
     * Nothing is ever written to this pipe. It ends when the launcher does, however that happens, and then so does this
     * process, at once: threads may be stuck in native code, and nobody is left to tell.
     */
    private static void watchLauncher(InputStream pipe) {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (pipe.read() >= 0) {}
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
