package dev.trireme.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The peak memory of this process: heap, weights, caches, libraries. */
public final class PeakMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CLEAR = Path.of("/proc/self/clear_refs");

    private PeakMemory() {}

    /**
     * Reads the largest resident size ({@code VmHWM}) from the kernel.
     *
     * @return in units of 2<sup>20</sup> bytes; 0 where the kernel does not say
     */
    public static double megabytes() {
        try {
            return Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    /** Resets the peak to the current size. If the kernel refuses, the peak remains that of the whole process. */
    static void forget() {
        try {
            Files.writeString(CLEAR, "5");
        } catch (IOException e) {
            return;
        }
    }
}
