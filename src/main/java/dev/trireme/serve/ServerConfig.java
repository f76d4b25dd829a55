package dev.trireme.serve;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Where and how a server listens.
 *
 * @param host name or address to listen on
 * @param port to listen on; 0 for any that is free
 * @param apiKey that every request but those of health must bring; none: anyone may ask
 * @param bodyBytes most bytes of a request's body
 * @param threads most requests that are read, answered or wait at the same time
 * @param drain how long a closing server lets requests end
 */
public record ServerConfig(String host, int port, Optional<String> apiKey, int bodyBytes, int threads, Duration drain) {
    /** Bodies of up to 8 MB, 256 requests at a time, 30 seconds to end. */
    public static final ServerConfig DEFAULTS =
            new ServerConfig("127.0.0.1", 8000, Optional.empty(), 8 << 20, 256, Duration.ofSeconds(30));

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public ServerConfig {
        NullChecks.require("host", host, "apiKey", apiKey, "drain", drain);
        Requirements.within("port", port, 0, 65_535);
        Requirements.within("bodyBytes", bodyBytes, 1024, 1 << 30);
        Requirements.within("threads", threads, 1, 4096);
        if (drain.isNegative()) {
            throw new IllegalArgumentException("drain is " + drain + "; use zero or more");
        }
        if (apiKey.filter(String::isBlank).isPresent()) {
            throw new IllegalArgumentException("the API key is blank; give one, or none");
        }
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
        return new ServerConfig(newHost, newPort, apiKey, bodyBytes, threads, drain);
    }

    /**
     * The same with a key.
     *
     * @param key that requests must bring
     * @return the changed copy
     */
    public ServerConfig withApiKey(String key) {
        Objects.requireNonNull(key, "key");
        return new ServerConfig(host, port, Optional.of(key), bodyBytes, threads, drain);
    }

    /**
     * The same with another time to drain.
     *
     * @param time how long a closing server lets requests end
     * @return the changed copy
     */
    public ServerConfig withDrain(Duration time) {
        Objects.requireNonNull(time, "time");
        return new ServerConfig(host, port, apiKey, bodyBytes, threads, time);
    }
}
