package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.engine.EngineException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The texts are what libtorch 2.10 and its Gloo wrote when real ranks were killed, stopped and starved. */
class NativeErrorsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[/home/runner/gloo/transport/tcp/pair.cc:538] Read error [127.0.0.1]:3211: Connection reset by"
                        + " peer|PEER_LOST",
                "[/home/runner/gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]:41203|PEER_LOST",
                "Failed to recv, got 0 bytes. Connection was likely closed. Did the remote server shutdown or"
                        + " crash?|PEER_LOST",
                "[/home/runner/gloo/transport/tcp/unbound_buffer.cc:78] Timed out waiting 5000ms for recv operation to"
                        + " complete|TIMEOUT",
                "wait timeout after 3000ms, keys: /trireme/x/verdict|TIMEOUT",
                "DefaultCPUAllocator: can't allocate memory: you tried to allocate 1000000000000 bytes.|OUT_OF_MEMORY",
                "std::bad_alloc|OUT_OF_MEMORY",
                "the gradient norm of step 7 is not finite; weights were left as they were|NOT_FINITE",
                "The size of tensor a (3) must match the size of tensor b (4)|FAILED",
            })
    void knowsWhatATextMeans(String text, Kind kind) {
        assertThat(NativeErrors.kindOf(text)).isEqualTo(kind);
    }

    @Test
    void keepsTheFirstLineAndSaysWhere() {
        RuntimeException error = new RuntimeException(
                "[/home/gloo/pair.cc:538] Read error: Connection reset by peer\nException raised from x\nframe #0: y");

        assertThat(NativeErrors.translate(error, "stage on cpu, apply"))
                .isInstanceOf(EngineException.class)
                .hasMessage("stage on cpu, apply: Read error: Connection reset by peer")
                .hasCause(error);
    }

    @Test
    void tellsTheCallersFaultFromTheDevices() {
        assertThat(NativeErrors.translate(new RuntimeException("bad argument: token id 99 at row 0"), "stage"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("stage: token id 99 at row 0");
    }
}
