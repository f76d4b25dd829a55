package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
    @ParameterizedTest
    @CsvSource({"cpu, cpu", "cuda, cuda:0", "cuda:0, cuda:0", "cuda:12, cuda:12", "sim, sim:0"})
    void readsTheNamesThatLibtorchHas(String name, String device) {
        assertThat(Device.parse(name)).hasToString(device);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpu", "cpu:1", "cuda:-1", "cuda:", "CPU", "cuda:1234567"})
    void refusesOtherNamesAndSaysWhatToUse(String name) {
        assertThatThrownBy(() -> Device.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("device " + name + " is unknown; use cpu, cuda or cuda:N with N from 0");
    }

    @Test
    void theCpuIsThere() {
        assertThat(Device.CPU.require()).isEqualTo(Device.parse("cpu"));
    }

    @Test
    void theSimulatedOneIsOnlyThereWithItsLibrary() {
        assumeTrue(!Device.parse("sim").isAvailable(), "its library is loaded");
        assertThatThrownBy(() -> Device.parse("sim:1").require())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "device sim:1 cannot be used: it is simulated by a library of the native tests");
    }

    @Test
    void aModelIsOnDevicesOfOneKind() {
        List<Device> mixed = List.of(Device.CPU, Device.parse("cuda:0"));
        assertThatThrownBy(() -> Device.requireTogether(mixed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "stages are on cpu and cuda:0, but a model is on devices of one kind; use one for all stages");
    }

    @Test
    void aGpuThatIsNotThereIsAClearError() {
        assumeTrue(NativeLibrary.gpuCount() == 0, "this machine has GPUs");

        assertThatThrownBy(() -> Device.parse("cuda:0").require())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("device cuda:0 cannot be used: ");
        assertThatThrownBy(() -> Memory.available(Device.parse("cuda:0")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("device cuda:0 cannot be used: ");
        assertThatThrownBy(() -> Stage.open(TinyModel.CONFIG, 0, 2, Device.parse("cuda:0")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
