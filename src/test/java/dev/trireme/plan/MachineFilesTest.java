package dev.trireme.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

@Timeout(60)
class MachineFilesTest {
    static final java.util.List<String> NAMES = MachineFiles.NAMES;

    @TempDir
    Path folder;

    @ParameterizedTest
    @FieldSource("NAMES")
    void everyShippedMachineComesBackFromItsFile(String name) throws IOException {
        Machine machine = MachineFiles.parse(name);
        Path file = folder.resolve("m.json");

        Files.writeString(file, MachineFiles.text(machine));

        assertThat(machine.name()).isEqualTo(name);
        assertThat(MachineFiles.read(file)).isEqualTo(machine);
    }

    @Test
    void aCountIsSomeDevicesOfAHostOrWholeHosts() {
        assertThat(MachineFiles.parse("v100-16gb:4").devicesPerHost()).isEqualTo(4);
        assertThat(MachineFiles.parse("v100-16gb:4").hosts()).isEqualTo(1);
        assertThat(MachineFiles.parse("h100-80gb:1024").hosts()).isEqualTo(128);
        assertThatThrownBy(() -> MachineFiles.parse("h100-80gb:12"))
                .hasMessage("devices of h100-80gb is 12; use up to 8, or a multiple of 8 for whole hosts");
    }

    @Test
    void figuresAreThoseOfTheDataSheets() {
        Machine v100 = MachineFiles.parse("v100-16gb");

        assertThat(v100.gemm().of(NumberType.FLOAT32).value()).isEqualTo(15.7e12);
        assertThat(v100.memory().bytesPerSecond().value()).isEqualTo(900e9);
        assertThat(v100.memory().bytes().value()).isEqualTo(16 * Math.pow(2, 30));
        assertThat(MachineFiles.parse("h100-80gb").gemm().bfloat16().value()).isEqualTo(989.5e12);
    }

    @Test
    void gpusThatThePresetsHaveNoKernelsForAreToldApart() {
        assertThat(MachineFiles.parse("v100-16gb").cannotRun(NumberType.FLOAT32, true))
                .hasValueSatisfying(why -> assertThat(why).contains("sm_70"));
        Machine h100 = MachineFiles.parse("h100-80gb");
        assertThat(h100.cannotRun(NumberType.FLOAT32, true)).isEmpty();
        assertThat(h100.cannotRun(NumberType.BFLOAT16, false)).isEmpty();
        assertThat(h100.cannotRun(NumberType.BFLOAT16, true)).isPresent();
        assertThat(h100.cannotRun(NumberType.FLOAT16, false)).isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"hosts\": 1 | \"hosts\": -1 | hosts is -1; use a number of 0 or more",
                "\"hosts\": 1 | \"hosts\": 0 | hosts is 0; use 1 to 4096",
                "\"hosts\": 1 | \"hosts\": 1.5 | hosts is 1.5; use an integer",
                "\"hosts\": 1, | `` | hosts is missing",
                "\"hosts\": 1 | \"hosts\": 1, \"racks\": 2 | racks is unknown; use name, processor",
                "\"value\": 15.7E12 | \"value\": -15.7E12 | gemm.float32.value is -1.57E13; use a number of 0 or more",
                "\"value\": 15.7E12 | \"value\": 0.0 | gemm.float32 is 0.0; use a number above 0",
                "\"value\": 15.7E12 | \"value\": 1e300 | gemm.float32 is 1.0E300; use a number above 0, up to 1.0E19",
                "\"value\": 15.7E12 | \"value\": NaN | line 31: Non-standard token 'NaN'; write it as strict JSON",
                "\"value\": 15.7E12 | \"value\": \"fast\" | gemm.float32.value is \"fast\"; use a number",
                "\"source\": \"each device has memory and clocks of its own\" | \"source\": \" \" | memory.busy.source is empty;",
                "\"processor\": \"cuda\" | \"processor\": \"tpu\" | processor is tpu; use cuda or cpu",
            })
    void aWrongFileIsRefusedByKeyValueAndCure(String good, String bad, String message) throws IOException {
        String text = MachineFiles.text(MachineFiles.parse("v100-16gb"))
                .replace(" : ", ": ")
                .replace("1.57E13", "15.7E12");
        Path file = folder.resolve("mine.json");
        assertThat(text).contains(good);
        Files.writeString(file, text.replaceFirst(java.util.regex.Pattern.quote(good), bad));

        assertThatThrownBy(() -> MachineFiles.parse(file.toString()))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + ": " + message)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aMachineThatNobodyKnowsIsRefusedWithThoseThatAreKnown() {
        assertThatThrownBy(() -> MachineFiles.parse("v1000:4"))
                .hasMessageContaining("machine is v1000; use a JSON file");
        assertThatThrownBy(() -> MachineFiles.parse("")).hasMessageStartingWith("machine is empty; use a JSON file");
        assertThatThrownBy(() -> MachineFiles.parse("this:2"))
                .hasMessage("machine is this:2; use this alone, which has as many devices as this machine has cores");
    }
}
