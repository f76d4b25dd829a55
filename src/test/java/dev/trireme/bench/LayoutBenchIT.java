package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.cost.CostMeter;
import dev.trireme.plan.Machine;
import dev.trireme.plan.MachineFiles;
import dev.trireme.plan.ThisMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real ranks, stages and link; how long they take is not asserted. */
@Timeout(600)
class LayoutBenchIT {
    @TempDir
    private Path folder;

    @Test
    void everyLayoutsStagesHoldWhatWasPredictedToTheByte() {
        LayoutSetting setting = new LayoutSetting("tiny", 16, 16, 2, LayoutBench.layouts(16), "");
        List<String> progress = new ArrayList<>();

        List<LayoutResult> results = new LayoutBench(folder, System.err, line -> {})
                .measure(setting, known -> progress.add(known.progress().orElse("whole")))
                .results();

        assertThat(progress).containsExactly("0 of 2 rounds", "1 of 2 rounds", "whole");
        assertThat(results).hasSize(34);
        assertThat(results).allSatisfy(result -> {
            assertThat(result.measuredBytes()).isEqualTo(result.predictedBytes());
            assertThat(result.predictedMs()).isPositive();
            assertThat(result.measuredMs().min()).isPositive();
        });
    }

    @Test
    void thisMachineIsMeasuredOnceADayAndComesBackFromItsFile() throws IOException {
        CostMeter meter = new CostMeter(folder.resolve("costs"));
        Path file = folder.resolve("machine.json");

        Machine machine = ThisMachine.measured(meter, System.err);
        Files.writeString(file, MachineFiles.text(machine));

        assertThat(MachineFiles.read(file)).isEqualTo(machine);
        assertThat(machine.devices()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(machine.gemm().float32().value()).isGreaterThan(1e9);
        assertThat(machine.deviceLink().bytesPerSecond().value()).isGreaterThan(1e6);
        assertThat(ThisMachine.measured(meter, System.err).gemm()).isEqualTo(machine.gemm());
    }
}
