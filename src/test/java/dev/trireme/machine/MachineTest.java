package dev.trireme.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MachineTest {
    @Test
    void theProcessorIsNamedAsTheKernelNamesIt() {
        assertThat(Machine.cpuName(List.of("processor\t: 0", "model name\t: Some CPU @ 2 GHz", "model name\t: other")))
                .isEqualTo("Some CPU @ 2 GHz");
    }
}
