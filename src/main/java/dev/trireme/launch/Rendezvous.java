package dev.trireme.launch;

import dev.trireme.config.AtomicFile;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.BackendKind;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.GroupConfig;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.ProcessGroup;
import dev.trireme.engine.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rendezvous of a job's ranks. Rank 0 listens, on loopback unless {@code MASTER_ADDR} says otherwise. Ranks compare
 * their settings here, since collectives would silently compute wrong sums from different ones.
 */
public final class Rendezvous implements AutoCloseable {
    /** How long ranks wait for each other unless told otherwise. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

    private static final Logger LOG = LoggerFactory.getLogger(Rendezvous.class);

    private final RankEnvironment environment;
    private final Duration timeout;
    private final Optional<Store> store; // empty in a world of one, which needs no sockets

    private Rendezvous(RankEnvironment environment, Duration timeout, Optional<Store> store) {
        this.environment = environment;
        this.timeout = timeout;
        this.store = store;
    }

    /**
     * Waits until all ranks have come.
     *
     * @param environment which rank this is, and where rank 0 listens
     * @param timeout how long to wait for others, now and whenever values are compared
     * @return when all are there
     * @throws EngineException of kind {@code TIMEOUT} naming the ranks that did not come
     * @throws IllegalArgumentException when two processes say they are the same rank, when ranks disagree about the
     *     size of the world, or when rank 0 cannot listen
     */
    public static Rendezvous setup(RankEnvironment environment, Duration timeout) {
        NullChecks.require("environment", environment, "timeout", timeout);
        if (environment.worldSize() == 1) {
            return new Rendezvous(environment, timeout, Optional.empty());
        }
        Store store = open(environment, timeout);
        Rendezvous rendezvous = new Rendezvous(environment, timeout, Optional.of(store));
        try {
            requireFirst(store, environment);
            rendezvous.agree("world", Map.of("WORLD_SIZE", Integer.toString(environment.worldSize())));
            return rendezvous;
        } catch (RuntimeException e) {
            rendezvous.close();
            throw e;
        }
    }

    /**
     * The rank of this process.
     *
     * @return as given
     */
    public RankEnvironment environment() {
        return environment;
    }

    /**
     * The same meeting with another time-out. Both share what one {@link #close} closes.
     *
     * @param newTimeout how long to wait for others whenever values are compared
     * @return the meeting
     */
    public Rendezvous withTimeout(Duration newTimeout) {
        return new Rendezvous(environment, Objects.requireNonNull(newTimeout, "newTimeout"), store);
    }

    /**
     * Compares values over all ranks. Call it before the first collective with whatever has to be equal: model,
     * reduction plan, data, seed.
     *
     * @param topic what is compared, a word that is used once
     * @param values names and values of this rank
     * @throws IllegalArgumentException on every rank when one differs, naming it, two ranks and both values
     * @throws EngineException of kind {@code TIMEOUT} naming the ranks that did not come
     */
    public void agree(String topic, Map<String, String> values) {
        NullChecks.require("topic", topic, "values", values);
        store.ifPresent(shared -> new Agreement(shared, environment, timeout).reach(topic, values));
    }

    /**
     * Hears what rank 0 says, which may have to find it out first.
     *
     * @param topic a word that is used once
     * @param ofFirst called on rank 0 only
     * @param patience how long the others wait for it; when rank 0 ends, they do not
     * @return what it says, on every rank
     * @throws EngineException when it said nothing in time, or has ended
     */
    public String ofFirst(String topic, Supplier<String> ofFirst, Duration patience) {
        NullChecks.require("topic", topic, "ofFirst", ofFirst, "patience", patience);
        if (environment.rank() > 0) {
            return store.orElseThrow().get(topic, patience);
        }
        String value = ofFirst.get();
        store.ifPresent(shared -> shared.set(topic, value));
        return value;
    }

    /**
     * Connects all ranks for collectives.
     *
     * @param name of the group, the same on every rank and unique among groups
     * @param backend Gloo between CPUs, NCCL between GPUs
     * @param collectiveTimeout how long a collective may take, and connecting
     * @return the group, to be closed before this; empty in a world of one
     * @throws EngineException when others do not come in time
     */
    public Optional<ProcessGroup> group(String name, BackendKind backend, Duration collectiveTimeout) {
        NullChecks.require("name", name, "backend", backend, "collectiveTimeout", collectiveTimeout);
        return store.map(shared -> ProcessGroup.open(
                shared,
                new GroupConfig(
                        backend,
                        name,
                        environment.rank(),
                        environment.worldSize(),
                        localAddress(environment),
                        collectiveTimeout)));
    }

    /** Disconnects; rank 0 stops listening. */
    @Override
    public void close() {
        store.ifPresent(Store::close);
    }

    private static Store open(RankEnvironment environment, Duration timeout) {
        InetSocketAddress master = new InetSocketAddress(environment.masterAddress(), environment.masterPort());
        if (master.isUnresolved()) {
            throw new IllegalArgumentException("MASTER_ADDR " + environment.masterAddress()
                    + " does not resolve; set it to the name or IPv4 address of the host of rank 0");
        }
        if (!master.getAddress().isLoopbackAddress()) {
            LOG.warn(
                    "ranks meet at {}: what they send is neither encrypted nor authenticated; use a network you trust",
                    master);
        }
        String namespace = "trireme/" + environment.run();
        if (environment.rank() > 0) {
            NativeLibrary.load(); // takes a second, as on rank 0, which listens only then
            int port = master.getPort() > 0 ? master.getPort() : readPort(environment, timeout);
            return Store.connect(new InetSocketAddress(environment.masterAddress(), port), namespace, timeout);
        }
        Store store = Store.host(master, namespace, timeout);
        if (!environment.portFile().isEmpty()) {
            writePort(Path.of(environment.portFile()), store.port());
        }
        return store;
    }

    private static void requireFirst(Store store, RankEnvironment environment) {
        if (store.add("joined/" + environment.rank(), 1) > 1) {
            throw new IllegalArgumentException("rank " + environment.rank() + " of " + environment.worldSize()
                    + " joined " + store + " before this process; give every process its own RANK, from 0 to "
                    + (environment.worldSize() - 1));
        }
    }

    private static void writePort(Path file, int port) {
        try {
            Path part = file.resolveSibling(file.getFileName() + ".part");
            AtomicFile.replace(part, file, path -> Files.writeString(path, Integer.toString(port)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the port to " + file, e);
        }
    }

    private static int readPort(RankEnvironment environment, Duration timeout) {
        Path file = Path.of(environment.portFile());
        Deadline.in(timeout).await(() -> Files.exists(file), () -> "rank 0 did not write its port to " + file);
        try {
            return Integer.parseInt(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the port of rank 0 from " + file, e);
        }
    }

    /** The address of this host that rank 0 is reached from; no packet is sent. */
    private static String localAddress(RankEnvironment environment) {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(environment.masterAddress(), 1));
            return socket.getLocalAddress().getHostAddress();
        } catch (IOException | UncheckedIOException e) {
            throw new IllegalArgumentException(
                    "MASTER_ADDR " + environment.masterAddress() + " cannot be reached from here; correct it", e);
        }
    }
}
