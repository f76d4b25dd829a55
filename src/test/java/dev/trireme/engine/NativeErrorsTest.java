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
                "all-reduce of gradients timed out after 60000 ms; another rank has ended, or is too slow|TIMEOUT",
                "Watchdog caught collective operation timeout: WorkNCCL(SeqNum=5, OpType=ALLREDUCE, Timeout(ms)=60000) ran"
                        + " for 60005 milliseconds before timing out.|TIMEOUT",
                "NCCL error in: NCCLUtils.cpp:77, remote process exited or there was a network error, NCCL version"
                        + " 2.29.7|PEER_LOST",
                "NCCL communicator was aborted on rank 1.|PEER_LOST",
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

    /** Composed as libtorch 2.10 composes it, of texts in its library and in NCCL's; no two GPUs have shown it yet. */
    @Test
    void readsOnWhereNcclSaysAtTheEndThatAPeerIsGone() {
        RuntimeException error = new RuntimeException(
                "NCCL error in: NCCLUtils.cpp:77, unhandled system error (run with NCCL_DEBUG=INFO for details), NCCL"
                        + " version 2.29.7\nncclSystemError: System call (e.g. socket, malloc) or external library call failed"
                        + " or device error. \nLast error:\nsocketProgress: Connection closed by remote peer"
                        + " host<40123>\nException raised from checkForNCCLErrorsInternal\nframe #0: timeout");

        assertThat(NativeErrors.translate(error, "stage on cuda:0, losses"))
                .isInstanceOfSatisfying(
                        EngineException.class, lost -> assertThat(lost.kind()).isEqualTo(Kind.PEER_LOST))
                .hasMessageContaining("unhandled system error");
    }

    @Test
    void tellsTheCallersFaultFromTheDevices() {
        assertThat(NativeErrors.translate(new RuntimeException("bad argument: token id 99 at row 0"), "stage"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("stage: token id 99 at row 0");
    }
}
