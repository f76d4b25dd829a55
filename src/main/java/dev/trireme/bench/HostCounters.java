package dev.trireme.bench;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the JVM and the kernel count from their start.
 *
 * <pre>
 *   /proc/stat        cpu  user nice system idle iowait irq softirq steal …     of all cores, in hundredths of a second
 *   /proc/self/stat   pid (name) state … majflt                                 the twelfth word
 * </pre>
 *
 * @param collectionMs milliseconds of garbage collection
 * @param stolenMs milliseconds of all cores that the hypervisor gave to others; 0 where the kernel does not say
 * @param neighboursMs milliseconds of all cores that programs other than this job took
 * @param majorFaults pages that this process waited for a disk to read
 */
record HostCounters(double collectionMs, double stolenMs, double neighboursMs, long majorFaults) {
    private static final Path PROC = Path.of("/proc");
    private static final double MS_PER_TICK = 10;
    private static final int STEAL = 7;
    private static final int MAJOR_FAULTS = 9; // after the name, which may hold blanks

    static HostCounters now() {
        return read(PROC, ofJob());
    }

    /** @param ofJob processor time that this process and its siblings took */
    static HostCounters read(Path proc, Duration ofJob) {
        long[] ticks = numbers(line(proc.resolve("stat")).replaceFirst("^cpu +", ""));
        double busy = MS_PER_TICK
                * Stream.of(0, 1, 2, 5, 6).mapToLong(i -> at(ticks, i)).sum();
        String self = line(proc.resolve("self/stat"));
        long[] words = numbers(self.substring(self.lastIndexOf(')') + 1).replaceFirst("^ *[A-Za-z] *", ""));
        return new HostCounters(
                collectionMillis(),
                MS_PER_TICK * at(ticks, STEAL),
                Math.max(0, busy - ofJob.toMillis()),
                at(words, MAJOR_FAULTS - 1));
    }

    /** Ranks are children of one launcher. */
    private static Duration ofJob() {
        Optional<ProcessHandle> launcher = ProcessHandle.current().parent();
        return Stream.concat(
                        launcher.stream(),
                        launcher.map(ProcessHandle::children).orElse(Stream.of(ProcessHandle.current())))
                .flatMap(process -> process.info().totalCpuDuration().stream())
                .reduce(Duration.ZERO, Duration::plus);
    }

    private static double collectionMillis() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .sum();
    }

    private static long[] numbers(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .filter(word -> word.matches("-?\\d{1,18}"))
                .mapToLong(Long::parseLong)
                .toArray();
    }

    private static long at(long[] numbers, int index) {
        return index < numbers.length ? numbers[index] : 0;
    }

    private static String line(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.findFirst().orElse("");
        } catch (IOException e) {
            return "";
        }
    }
}
