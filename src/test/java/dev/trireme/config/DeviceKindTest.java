package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceKindTest {
    @ParameterizedTest
    @CsvSource({
        "cpu, CPU, 0, cpu",
        "cuda, CUDA, 0, cuda:3",
        "cuda:12, CUDA, 12, cuda:12",
        "sim, SIM, 0, sim:3",
        "sim:1, SIM, 1, sim:1"
    })
    void aNameHasAKindANumberAndADeviceForEachStage(String name, DeviceKind kind, int index, String ofStage) {
        assertThat(DeviceKind.of(name)).isEqualTo(kind);
        assertThat(DeviceKind.indexOf(name)).isEqualTo(index);
        assertThat(DeviceKind.ofStage(name, 3)).isEqualTo(ofStage);
    }

    @Test
    void tf32IsOfGpus() {
        assertThatCode(() -> Precision.TF32.requireOn("cuda:1")).doesNotThrowAnyException();
        assertThatCode(() -> Precision.FLOAT32.requireOn("cpu")).doesNotThrowAnyException();
        assertThatThrownBy(() -> Precision.TF32.requireOn("cpu"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("precision is tf32 but device is cpu, which computes in float32; use device cuda, or leave"
                        + " precision out");
    }
}
