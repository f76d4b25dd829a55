package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
    @ParameterizedTest
    @CsvSource({"cpu, cpu", "cuda, cuda:0", "cuda:0, cuda:0", "cuda:12, cuda:12"})
    void readsTheNamesThatLibtorchHas(String name, String device) {
        assertThat(Device.parse(name)).hasToString(device);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpu", "cpu:1", "cuda:-1", "cuda:", "CPU", "cuda:1234567"})
    void refusesOtherNamesAndSaysWhatToUse(String name) {
        assertThatThrownBy(() -> Device.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("device " + name + " is unknown; use cpu or cuda:N with N from 0");
    }

    @Test
    void theCpuIsThere() {
        assertThat(Device.CPU.require()).isEqualTo(Device.parse("cpu"));
    }

    @Test
    void aGpuThatIsNotThereIsAClearError() {
        assumeTrue(NativeLibrary.gpuCount() == 0, "this machine has GPUs");

        assertThatThrownBy(() -> Device.parse("cuda:0").require())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("device cuda:0 is not there: libtorch sees 0 GPU(s) here; use cpu");
        assertThatThrownBy(() -> Stage.open(TinyModel.CONFIG, 0, 2, Device.parse("cuda:0")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
