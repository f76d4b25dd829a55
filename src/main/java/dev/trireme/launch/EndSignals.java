package dev.trireme.launch;

import dev.trireme.config.ExitCode;
import dev.trireme.config.NullChecks;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
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
public final class EndSignals implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EndSignals.class);
    private static final Map<String, ExitCode> CODES = Map.of("TERM", ExitCode.TERMINATED, "INT", ExitCode.INTERRUPTED);

    private final Consumer<ExitCode> first;
    private final Consumer<ExitCode> further;
    private final List<Runnable> restore = new ArrayList<>();
    private boolean asked;

    private EndSignals(Consumer<ExitCode> first, Consumer<ExitCode> further) {
        this.first = first;
        this.further = further;
    }

    /**
     * Handles the signals from now on.
     *
     * @param first called for the first signal, with the exit code that it stands for
     * @param further called for each further one
     * @return what gives the signals back to those who handled them before, when it is closed
     */
    public static EndSignals listen(Consumer<ExitCode> first, Consumer<ExitCode> further) {
        NullChecks.require("first", first, "further", further);
        EndSignals signals = new EndSignals(first, further);
        try {
            for (Map.Entry<String, ExitCode> entry : CODES.entrySet()) {
                signals.handle(entry.getKey(), entry.getValue());
            }
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            LOG.warn("signals will end this process at once, without a checkpoint ({})", e.toString());
        }
        return signals;
    }

    private void handle(String name, ExitCode code) throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        Object signal = type.getConstructor(String.class).newInstance(name);
        Object handler = Proxy.newProxyInstance(
                EndSignals.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                    if (method.getName().equals("handle")) {
                        came(code);
                    }
                    return method.getReturnType() == int.class ? Integer.valueOf(0) : null;
                });
        Object before = type.getMethod("handle", type, handlerType).invoke(null, signal, handler);
        restore.add(() -> {
            try {
                type.getMethod("handle", type, handlerType).invoke(null, signal, before);
            } catch (ReflectiveOperationException e) {
                LOG.debug("{} cannot be given back", name, e);
            }
        });
    }

    private void came(ExitCode code) {
        boolean isFirst;
        synchronized (this) {
            isFirst = !asked;
            asked = true;
        }
        (isFirst ? first : further).accept(code);
    }

    @Override
    public void close() {
        restore.forEach(Runnable::run);
    }
}
