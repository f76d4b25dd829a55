package dev.trireme.machine;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The machine behind a measurement: processor, cores and load.
 *
 * @param cpu the processor's name
 * @param cores processors that this JVM may use
 * @param load average number of running threads over the last minute; negative where the system does not say
 */
public record Machine(String cpu, int cores, double load) {
    /** Checks that no component is null. */
    public Machine {
        Objects.requireNonNull(cpu, "cpu");
    }

    /**
     * Reads them from the system.
     *
     * @return this machine, now
     */
    public static Machine here() {
        return new Machine(
                cpuName(lines("/proc/cpuinfo")),
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    static String cpuName(List<String> cpuInfo) {
        return cpuInfo.stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse(System.getProperty("os.arch"));
    }

    /** The lines of a file of the kernel; none where there is no such file. */
    static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            return List.of();
        }
    }
}
