package dev.trireme.launch;

import dev.trireme.config.ExitCode;
import dev.trireme.config.NullChecks;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT of this process: the first asks, a second one insists.
 *
 * <p>The JDK offers them as {@code sun.misc.Signal} only. It is looked up by name, since javac warns of it and offers no
 * way to say that the warning is known. Where it is not there, signals end the process at once, as ever.
 */
public final class EndSignals {
    private static final Logger LOG = LoggerFactory.getLogger(EndSignals.class);
    private static final Map<String, ExitCode> CODES = Map.of("TERM", ExitCode.TERMINATED, "INT", ExitCode.INTERRUPTED);

    private final Consumer<ExitCode> first;
    private final Consumer<ExitCode> further;
    private boolean asked;

    private EndSignals(Consumer<ExitCode> first, Consumer<ExitCode> further) {
        this.first = first;
        this.further = further;
    }

    /**
     * Handles the signals from now on, until this process ends.
     *
     * @param first called for the first signal, with the exit code that it stands for
     * @param further called for each further one
     */
    public static void listen(Consumer<ExitCode> first, Consumer<ExitCode> further) {
        NullChecks.require("first", first, "further", further);
        EndSignals signals = new EndSignals(first, further);
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            for (Map.Entry<String, ExitCode> entry : CODES.entrySet()) {
                Object handles = Proxy.newProxyInstance(
                        handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                            if (method.getName().equals("handle")) {
                                signals.handle(entry.getValue());
                            }
                            return method.getReturnType() == int.class ? Integer.valueOf(0) : null;
                        });
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(entry.getKey()), handles);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            LOG.warn("signals will end this process at once, without a checkpoint ({})", e.toString());
        }
    }

    private void handle(ExitCode code) {
        boolean isFirst;
        synchronized (this) {
            isFirst = !asked;
            asked = true;
        }
        (isFirst ? first : further).accept(code);
    }
}
