package dev.trireme.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Training on devices that hold whoever uses them to every wait: the simulator of the native tests, from Java. */
@Timeout(300)
class SimulatorIT {
    private static final Path LIBRARIES = Path.of("target", "native", "native");

    private static Map<String, String> lines = Map.of();

    @BeforeAll
    static void runAll() throws IOException, InterruptedException {
        lines = run();
    }

    @Test
    void pipelinesOnSimulatedDevicesTrainAsOneDeviceDoesToTheBitAndAsTheCpuDoesNearly() {
        double[] cpu = numbers(lines.getOrDefault("cpu", ""));
        double[] one = numbers(lines.getOrDefault("one", ""));
        assertThat(one).hasSize(7);
        for (int i = 0; i < cpu.length; i++) {
            assertThat(one[i]).isCloseTo(cpu[i], within(1e-4 * Math.abs(cpu[i])));
        }
        for (String layout : new String[] {"two", "three", "four", "two again"}) {
            assertThat(lines.get(layout)).as(layout).isEqualTo(lines.get("one"));
        }
        assertThat(lines.get("not finite")).isEqualTo("NOT_FINITE true");
    }

    @Test
    void replicasThatNobodysHostWaitsForTakeTheStepsOfOne() {
        double[] one = numbers(lines.getOrDefault("one", ""));
        for (String name : new String[] {"replicas of one stage", "replicas of two stages"}) {
            double[] both = numbers(lines.getOrDefault(name, ""));
            assertThat(both).hasSize(6);
            for (int i = 0; i < both.length; i++) {
                assertThat(both[i]).as(name).isCloseTo(one[i], within(1e-5 * Math.abs(one[i])));
            }
            assertThat(lines.get(name + " are equal")).isEqualTo("true");
        }
    }

    @Test
    void theHostWaitsOncePerStepAndOncePerIterationOfGeneration() {
        assertThat(lines.get("waits")).isEqualTo("[1, 1, 1]");
        assertThat(lines.get("waits of tokens one")).isEqualTo("7 in 7 iterations");
        assertThat(lines.get("waits of tokens two")).isEqualTo("7 in 7 iterations");
    }

    @Test
    void theTimesOfTasksAreTheDevices() {
        assertThat(lines.get("timed tasks")).isEqualTo("[8, 8]"); // forward and backward of four micro-batches
    }

    @Test
    void generationGivesTheTokensOfTheCpu() {
        assertThat(lines.get("tokens cpu")).matches("\\[(\\[(\\d+, ){5}\\d+](, )?){4}]");
        assertThat(lines.get("tokens one")).isEqualTo(lines.get("tokens cpu"));
        assertThat(lines.get("tokens two")).isEqualTo(lines.get("tokens cpu"));
    }

    @Test
    void stagesOnDevicesOfSeveralKindsAreRefused() {
        assertThat(lines.get("several"))
                .isEqualTo(
                        "stages are on cpu and sim:0, but a model is on devices of one kind; use one for all stages");
    }

    @Test
    void aDeviceThatIsFullIsAnErrorThatSaysSoAndTheNextStepGoesOn() {
        assertThat(lines.get("full"))
                .startsWith("OUT_OF_MEMORY ")
                .contains("sim:6", "sim out of memory. Tried to allocate")
                .contains("of which");
        assertThat(lines.get("goes on")).isEqualTo("true");
    }

    /** By the two properties that bin/gpu-check gives: JavaCPP loads the devices beside the core. */
    @Test
    void ranksWhoseDevicesAreSimulatedAreRefusedInOneLineBeforeOneStarts(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path run = folder.resolve("run");
        Ended train = java(
                List.of(
                        "-Dorg.bytedeco.javacpp.platform.preload=trireme_sim",
                        "-Dorg.bytedeco.javacpp.platform.preloadpath=" + LIBRARIES.toAbsolutePath(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
                "dev.trireme.cli.Main",
                List.of("train", "--out", run.toString(), "--device", "sim", "--world-size", "2"));
        assertThat(train.output)
                .isEqualTo(
                        "trireme: --device is sim for 2 ranks, and each simulates devices that no other can reach; use"
                                + " --world-size 1, with stages\n");
        assertThat(train.code).isEqualTo(2);
        assertThat(run).doesNotExist();
    }

    private record Ended(int code, String output) {}

    private static double[] numbers(String list) {
        assertThat(list).startsWith("[");
        return Arrays.stream(list.substring(1, list.length() - 1).split(", "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private static Map<String, String> run() throws IOException, InterruptedException {
        Ended all = java(List.of(), SimulatedDevices.class.getName(), List.of(LIBRARIES.toString()));
        assertThat(all.code).as(all.output).isZero();
        return all.output
                .lines()
                .filter(line -> line.contains(": "))
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf(": ")), line -> line.substring(line.indexOf(": ") + 2)));
    }

    private static Ended java(List<String> options, String main, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.maxbytes=0",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("OMP_NUM_THREADS", "1"); // the simulator's operators are libtorch's
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), text);
    }
}
