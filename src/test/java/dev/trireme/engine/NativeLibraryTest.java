package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NativeLibraryTest {
    @Test
    void loadsAndDescribesItself() {
        assertThat(NativeLibrary.describe()).contains("PyTorch built with").contains("kernels");
    }

    @Test
    void measuresTheLimitOfThisMachine() {
        assertThat(NativeLibrary.gemmSeconds(Device.CPU, 64, 64, 64, 2)).isPositive();
    }

    @Test
    void aDeviceWithoutRoomToMeasureInIsTold() {
        assertThatThrownBy(() -> NativeLibrary.readSeconds(Device.CPU, 1L << 60, 1))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.OUT_OF_MEMORY))
                .hasMessageStartingWith("cpu, measuring: ");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1025})
    void refusesThreadsThatCannotBe(int count) {
        assertThatThrownBy(() -> NativeLibrary.setThreads(count))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads is " + count + "; use 1 to 1024");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/x/libjnitorch.so: libcudart.so.13: cannot open shared object file: No such file|install the package"
                        + " that has libcudart.so.13",
                "no jnitrireme in java.library.path: /usr/lib|put the jars with classifier",
                "Could not find jnitorch in class, module, and library paths.|put the jars with classifier",
                "/lib/libc.so.6: version `GLIBC_2.38' not found (required by /x/libtorch_cpu.so)|use a system with a"
                        + " newer C library",
                "/x/libc10.so: file too short|delete",
            })
    void aLibraryThatDoesNotLoadComesWithTheCure(String text, String cure) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("outer");
        error.initCause(new UnsatisfiedLinkError(text));

        assertThat(LinkProblem.explain(error))
                .startsWith("cannot load the native library: " + text)
                .contains("; " + cure);
    }
}
