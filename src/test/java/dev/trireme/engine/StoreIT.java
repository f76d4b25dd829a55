package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.engine.EngineException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StoreIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);

    @Test
    void whatOneRankSetsAnotherReads() {
        try (Store host = host();
                Store guest = Store.connect(loopback(host.port()), "job", TIMEOUT)) {
            host.set("grüße", "von rang 0\n");

            assertThat(guest.get("grüße", TIMEOUT)).isEqualTo("von rang 0\n");
            assertThat(guest.contains("grüße")).isTrue();
            assertThat(guest.contains("other")).isFalse();
            assertThat(host.add("count", 2)).isEqualTo(2);
            assertThat(guest.add("count", 3)).isEqualTo(5);
        }
    }

    @Test
    void anotherStartOfTheJobIsNotHeard() {
        try (Store host = host();
                Store stale = Store.connect(loopback(host.port()), "older job", TIMEOUT)) {
            stale.set("key", "value");

            assertThat(stale.get("key", TIMEOUT)).isEqualTo("value");
            assertThat(host.contains("key")).isFalse();
        }
    }

    @Test
    void listensOnTheGivenAddressAlone() throws IOException {
        try (Store host = host()) {
            assertThat(ListeningPorts.of(ProcessHandle.current().pid())).contains("127.0.0.1:" + host.port());
            assertThat(ListeningPorts.of(ProcessHandle.current().pid()))
                    .noneMatch(address -> address.endsWith(":" + host.port()) && !address.startsWith("127.0.0.1:"));
        }
    }

    @Test
    void aValueThatNobodySetsIsATimeOutThatNamesIt() {
        try (Store host = host()) {
            assertThatThrownBy(() -> host.get("missing", SHORT))
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT))
                    .hasMessageContaining("get missing: wait timeout after 300ms");
        }
    }

    @Test
    void aHostThatNeverComesIsATimeOutThatNamesIt() throws IOException {
        int port = freePort();

        assertThatThrownBy(() -> Store.connect(loopback(port), "job", SHORT))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT))
                .hasMessageContaining(port + " after 300 ms")
                .hasMessageContaining("MASTER_ADDR and MASTER_PORT");
    }

    @Test
    void anUnknownHostIsTheCallersFault() {
        InetSocketAddress nowhere = InetSocketAddress.createUnresolved("no-such-host.invalid", 29500);

        assertThatThrownBy(() -> Store.connect(nowhere, "job", TIMEOUT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("host no-such-host.invalid is unknown; set MASTER_ADDR");
    }

    @Test
    void aPortInUseIsTheCallersFaultAndNamed() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> Store.host(loopback(other.getLocalPort()), "job", TIMEOUT))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(other.getLocalPort() + ": bind: Address already in use; set MASTER_PORT");
        }
    }

    @Test
    void noiseOnItsPortDisturbsNobody() throws IOException {
        try (Store host = host();
                Store guest = Store.connect(loopback(host.port()), "job", TIMEOUT)) {
            byte[] noise = new byte[8192];
            new Random(1).nextBytes(noise);
            send(host.port(), "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            send(host.port(), noise);

            guest.set("key", "value");
            assertThat(host.get("key", TIMEOUT)).isEqualTo("value");
        }
    }

    private static Store host() {
        return Store.host(loopback(0), "job", TIMEOUT);
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static void send(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(bytes);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
