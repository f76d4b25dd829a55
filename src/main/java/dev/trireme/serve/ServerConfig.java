package dev.trireme.serve;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import dev.trireme.http.HttpLimits;
import dev.trireme.http.Tls;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Where and how a server listens.
 *
 * @param host name or address to listen on
 * @param port to listen on; 0 for any that is free
 * @param apiKey that every request but those of health must bring; none: anyone may ask
 * @param tls for HTTPS instead of HTTP
 * @param limits of every client
 * @param threads most requests that are answered or wait at the same time
 * @param drain how long a closing server lets requests end
 */
public record ServerConfig(
        String host,
        int port,
        Optional<String> apiKey,
        Optional<Tls> tls,
        HttpLimits limits,
        int threads,
        Duration drain) {
    /** Each is a thread that waits for the engine or for its client. */
    public static final int MOST_THREADS = 4096;

    /** HTTP on loopback, 256 requests at a time, 30 seconds to end. */
    public static final ServerConfig DEFAULTS = new ServerConfig(
            "127.0.0.1", 8000, Optional.empty(), Optional.empty(), HttpLimits.DEFAULTS, 256, Duration.ofSeconds(30));

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public ServerConfig {
        NullChecks.require("host", host, "apiKey", apiKey, "tls", tls, "limits", limits, "drain", drain);
        Requirements.within("port", port, 0, 65_535);
        Requirements.within("threads", threads, 1, MOST_THREADS);
        if (drain.isNegative()) {
            throw new IllegalArgumentException("drain is " + drain + "; use zero or more");
        }
        if (apiKey.filter(String::isBlank).isPresent()) {
            throw new IllegalArgumentException("the API key is blank; give one, or none");
        }
    }

    boolean isLoopback() {
        return List.of("localhost", "127.0.0.1", "::1").contains(host);
    }

    /**
     * The same on another address.
     *
     * @param newHost name or address
     * @param newPort 0 for any that is free
     * @return the changed copy
     */
    public ServerConfig on(String newHost, int newPort) {
        Objects.requireNonNull(newHost, "newHost");
        return new ServerConfig(newHost, newPort, apiKey, tls, limits, threads, drain);
    }

    /**
     * The same with a key.
     *
     * @param key that requests must bring
     * @return the changed copy
     */
    public ServerConfig withApiKey(String key) {
        Objects.requireNonNull(key, "key");
        return new ServerConfig(host, port, Optional.of(key), tls, limits, threads, drain);
    }

    /**
     * The same with HTTPS.
     *
     * @param files key and certificate
     * @return the changed copy
     */
    public ServerConfig withTls(Tls files) {
        Objects.requireNonNull(files, "files");
        return new ServerConfig(host, port, apiKey, Optional.of(files), limits, threads, drain);
    }

    /**
     * The same with another number of requests at a time.
     *
     * @param most of them
     * @return the changed copy
     */
    public ServerConfig withThreads(int most) {
        return new ServerConfig(host, port, apiKey, tls, limits, most, drain);
    }

    /**
     * The same with other limits.
     *
     * @param value of every client
     * @return the changed copy
     */
    public ServerConfig withLimits(HttpLimits value) {
        Objects.requireNonNull(value, "value");
        return new ServerConfig(host, port, apiKey, tls, value, threads, drain);
    }

    /**
     * The same with another time to drain.
     *
     * @param time how long a closing server lets requests end
     * @return the changed copy
     */
    public ServerConfig withDrain(Duration time) {
        Objects.requireNonNull(time, "time");
        return new ServerConfig(host, port, apiKey, tls, limits, threads, time);
    }
}
