package dev.trireme.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Training on devices that hold whoever uses them to every wait: the simulator of the native tests, from Java. */
class SimulatorIT {
    private static final Path LIBRARY = Path.of("target", "native", "native", "libtrireme_sim.so");

    @Test
    @Timeout(300)
    void pipelinesOnSimulatedDevicesTrainAsOneDeviceDoesToTheBitAndAsTheCpuDoesNearly() throws Exception {
        Map<String, String> lines = run();

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

    private static double[] numbers(String list) {
        assertThat(list).startsWith("[");
        return Arrays.stream(list.substring(1, list.length() - 1).split(", "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private static Map<String, String> run() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.bytedeco.javacpp.maxbytes=0",
                        "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SimulatedDevices.class.getName(),
                        LIBRARY.toString())
                .redirectErrorStream(true);
        builder.environment().put("OMP_NUM_THREADS", "1"); // the simulator's operators are libtorch's
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text.lines()
                .filter(line -> line.contains(": "))
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf(": ")), line -> line.substring(line.indexOf(": ") + 2)));
    }
}
