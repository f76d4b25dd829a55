package dev.trireme.engine;

import dev.trireme.config.Guard;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.EngineException.Kind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.ByteVector;
import org.bytedeco.pytorch.IntOptional;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;

/**
 * A key-value store that all ranks of a job share. Rank 0 hosts it, the others connect; ranks exchange their addresses
 * through it. Anyone who reaches the port can read and write it, so nothing secret may go in. Any number of threads may
 * use it.
 */
public final class Store implements AutoCloseable {
    private static final long RETRY_MILLIS = 5;

    private final TCPStore store;
    private final org.bytedeco.pytorch.Store counted;
    private final String namespace;
    private final int port;
    private final Guard guard;

    private Store(TCPStore store, InetSocketAddress address, String namespace) {
        this.store = store;
        this.namespace = namespace + "/";
        this.counted = counted(store);
        this.port = Short.toUnsignedInt(store.getPort());
        this.guard = new Guard("store at " + address.getHostString() + ":" + port, counted::close);
    }

    /**
     * Hosts a store that listens on the given address only.
     *
     * @param address to listen on; port 0 lets the system choose
     * @param namespace prefix of this job's keys; another start of the job has another one, so that the two do not mix
     * @param timeout how long an operation may take
     * @return the store
     * @throws IllegalArgumentException when this host has no such address or the port is in use
     */
    public static Store host(InetSocketAddress address, String namespace, Duration timeout) {
        NullChecks.require("address", address, "namespace", namespace, "timeout", timeout);
        NativeLibrary.load();
        requireResolved(address);
        int descriptor = ListeningSocket.open(address);
        try (TCPStoreOptions options = options(address, timeout);
                IntOptional descriptorOption = new IntOptional(descriptor)) {
            options.isServer(true).masterListenFd(descriptorOption);
            return open(address, namespace, options);
        }
    }

    /**
     * Connects to a store that another process hosts, or will host within the time-out.
     *
     * @param address of the host
     * @param namespace that of the host
     * @param timeout how long to wait for it, and how long an operation may take
     * @return the store
     * @throws EngineException of kind {@code TIMEOUT} when nobody listens there in time, or whoever does says nothing
     */
    public static Store connect(InetSocketAddress address, String namespace, Duration timeout) {
        NullChecks.require("address", address, "namespace", namespace, "timeout", timeout);
        NativeLibrary.load();
        requireResolved(address);
        long deadline = System.nanoTime() + timeout.toNanos();
        awaitListener(address, timeout); // libtorch's own waiting takes three times as long as it is told
        return Greeting.within(
                Duration.ofNanos(deadline - System.nanoTime()),
                () -> {
                    try (TCPStoreOptions options = options(address, timeout)) {
                        return open(address, namespace, options);
                    }
                },
                () -> new EngineException(
                        Kind.TIMEOUT,
                        "no rank 0 at " + ListeningSocket.text(address) + " after " + timeout.toMillis()
                                + " ms: another program listens there and says nothing; set MASTER_PORT to a free port"));
    }

    /**
     * The port on which it listens.
     *
     * @return the port, the chosen one where it was 0
     */
    public int port() {
        return port;
    }

    /**
     * Sets a value. Does not wait until the host has it.
     *
     * @param key its name
     * @param value its text
     */
    public void set(String key, String value) {
        NullChecks.require("key", key, "value", value);
        call("set " + key, () -> {
            store.set(namespace + key, new ByteVector(value.getBytes(StandardCharsets.UTF_8)));
            return key;
        });
    }

    /**
     * Reads a value, waiting until somebody sets it.
     *
     * @param key its name
     * @param timeout how long to wait
     * @return its text
     * @throws EngineException of kind {@code TIMEOUT} when nobody did
     * @throws CancellationException when the thread is interrupted while it waits; the interrupt stays set
     */
    public String get(String key, Duration timeout) {
        NullChecks.require("key", key, "timeout", timeout);
        return call("get " + key, () -> {
            await(key, timeout);
            return new String(store.get(namespace + key).get(), StandardCharsets.UTF_8);
        });
    }

    /**
     * Whether somebody set a value.
     *
     * @param key its name
     * @return without waiting
     */
    public boolean contains(String key) {
        Objects.requireNonNull(key, "key");
        return call("look for " + key, () -> store.check(new StringVector(namespace + key)));
    }

    /**
     * Adds to a counter that starts at 0, atomically over all ranks.
     *
     * @param key its name
     * @param amount what to add
     * @return the sum
     */
    public long add(String key, long amount) {
        Objects.requireNonNull(key, "key");
        return call("add to " + key, () -> store.add(namespace + key, amount));
    }

    /**
     * Closes this rank's connection and ends calls that wait for a value. Rank 0's store stops listening when the last
     * group that uses it is closed.
     */
    @Override
    public void close() {
        guard.close();
    }

    @Override
    public String toString() {
        return guard.toString();
    }

    /** A view under a name, for one C++ object, which frees it. */
    PrefixStore prefixed(String name) {
        return guard.beside("open group " + name, () -> {
            PrefixStore view = new PrefixStore(namespace + name, counted);
            view.deallocate(false);
            return view;
        });
    }

    /**
     * The presets make stores with plain {@code new} and would delete them, whoever else holds them; and C++ sets the
     * count of holders of such an object to one each time it gets it, so it may get it only once. What it hands back
     * is counted.
     */
    private static org.bytedeco.pytorch.Store counted(TCPStore store) {
        store.deallocate(false);
        try (PrefixStore once = new PrefixStore("", store)) {
            return once.getUnderlyingStore();
        }
    }

    /** Polls, so that it notices close and interrupts. libtorch's own wait would block other threads. */
    private void await(String key, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        StringVector keys = new StringVector(namespace + key);
        while (!store.check(keys)) {
            guard.requireOpen("get " + key);
            if (System.nanoTime() > deadline) {
                throw new EngineException(
                        Kind.TIMEOUT,
                        guard + ", get " + key + ": wait timeout after " + timeout.toMillis() + "ms: nobody set it");
            }
            pause("a value of " + guard);
        }
    }

    private <T> T call(String action, Supplier<T> operation) {
        return guard.beside(action, () -> translated(action, operation));
    }

    @SuppressWarnings("try") // the scope frees what is made within it
    private <T> T translated(String action, Supplier<T> operation) {
        try (PointerScope scope = new PointerScope()) {
            return operation.get();
        } catch (IllegalStateException e) {
            throw e;
        } catch (RuntimeException e) {
            throw NativeErrors.translate(e, guard + ", " + action);
        }
    }

    private static Store open(InetSocketAddress address, String namespace, TCPStoreOptions options) {
        try {
            return new Store(new TCPStore(address.getAddress().getHostAddress(), options), address, namespace);
        } catch (RuntimeException e) {
            throw NativeErrors.translate(e, "store at " + ListeningSocket.text(address));
        }
    }

    private static void requireResolved(InetSocketAddress address) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("host " + address.getHostString()
                    + " is unknown; set MASTER_ADDR to a name that resolves, or to an IPv4 address");
        }
    }

    private static TCPStoreOptions options(InetSocketAddress address, Duration timeout) {
        try (Milliseconds milliseconds = new Milliseconds(timeout.toMillis())) {
            return new TCPStoreOptions()
                    .port((short) address.getPort())
                    .waitWorkers(false)
                    .timeout(milliseconds);
        }
    }

    private static void awaitListener(InetSocketAddress address, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        String last = "";
        for (long left = timeout.toMillis(); left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
            try (Socket socket = new Socket()) {
                socket.connect(address, Math.toIntExact(Math.min(left, Integer.MAX_VALUE)));
                return;
            } catch (IOException e) {
                last = e.getMessage();
            }
            pause("rank 0");
        }
        throw new EngineException(
                Kind.TIMEOUT,
                "no rank 0 at " + ListeningSocket.text(address) + " after " + timeout.toMillis() + " ms (" + last
                        + "); start it, or correct MASTER_ADDR and MASTER_PORT");
    }

    private static void pause(String what) {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the thread was interrupted while it waited for " + what);
        }
    }
}
