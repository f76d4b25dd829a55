package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.data.Prefetcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Causes are planted into the third of five epochs, and the sentence names each. */
class OutliersTest {
    private static final int STEPS = 4;
    private static final int SLOW = 3; // epoch
    private static final long STEP_MILLIS = 10;
    private static final long PLANTED_MILLIS = 100; // a step

    private final AtomicReference<Object> garbage = new AtomicReference<>("");

    @TempDir
    private Path proc;

    @Test
    void nothingStandsOutWhereAllEpochsAreAlike() {
        assertThat(Outliers.of(List.of(epoch(1, 5), epoch(2, 5.2), epoch(3, 4.9), epoch(4, 5.1))))
                .isEmpty();
        assertThat(Outliers.of(List.of())).isEmpty();
    }

    @Test
    void aSlowLoaderIsNamed() {
        assertThat(run(step -> isSlow(step) ? PLANTED_MILLIS : 0, step -> 0L, step -> {}))
                .contains("; what differs: data loading (");
    }

    @Test
    void aSlowRankIsNamed() {
        assertThat(run(step -> 0L, step -> isSlow(step) ? PLANTED_MILLIS : 0, step -> {}))
                .contains("; what differs: waiting in the all-reduce for a slower rank (");
    }

    @Test
    void garbageCollectionIsNamed() {
        assertThat(run(step -> 0L, step -> 0L, step -> {
                    if (isSlow(step)) {
                        collect();
                    }
                }))
                .contains("garbage collection (");
    }

    @Test
    void aBusyNeighbourIsNamed() {
        assertThat(run(step -> 0L, step -> 0L, step -> {
                    if (isSlow(step)) {
                        counters(0, PLANTED_MILLIS, 0);
                        sleep(PLANTED_MILLIS);
                    }
                }))
                .contains("; what differs: processor time of other programs (");
    }

    @Test
    void aRealNeighbourIsNamed() {
        List<Process> neighbours = new ArrayList<>();
        try {
            assertThat(run(
                            step -> 0L,
                            step -> 0L,
                            step -> {
                                if (isSlow(step)) {
                                    neighbours.add(spinning());
                                    sleep(4 * PLANTED_MILLIS);
                                    neighbours.forEach(Process::destroyForcibly);
                                }
                            },
                            HostCounters::now))
                    .contains("processor time of other programs (");
        } finally {
            neighbours.forEach(Process::destroyForcibly);
        }
    }

    private static Process spinning() {
        try {
            return new ProcessBuilder("sh", "-c", "while :; do :; done").start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void stolenProcessorTimeIsNamed() {
        assertThat(run(step -> 0L, step -> 0L, step -> {
                    if (isSlow(step)) {
                        counters(PLANTED_MILLIS, 0, 0);
                        sleep(PLANTED_MILLIS);
                    }
                }))
                .contains("; what differs: stolen processor time (");
    }

    @Test
    void pagesReadFromADiskAreNamed() {
        assertThat(run(step -> 0L, step -> 0L, step -> {
                    if (isSlow(step)) {
                        counters(0, 0, PLANTED_MILLIS);
                        sleep(PLANTED_MILLIS);
                    }
                }))
                .contains("; what differs: major page faults (");
    }

    @Test
    void whatNothingExplainsIsSaidToBeUnexplained() {
        assertThat(run(step -> 0L, step -> 0L, step -> {
                    if (isSlow(step)) {
                        sleep(PLANTED_MILLIS);
                    }
                }))
                .contains("; none of its measured parts explains it (the nearest, ");
    }

    @Test
    void anEpochThatIsFasterIsToldToo() {
        List<EpochParts> epochs = new ArrayList<>(List.of(epoch(1, 5), epoch(2, 5), epoch(3, 4), epoch(4, 5)));
        assertThat(Outliers.of(epochs))
                .singleElement()
                .asString()
                .startsWith("Epoch 3 took 4.00 s, 1.00 s less than the median;");
    }

    @Test
    void theKernelsCountersAreReadAsItWritesThem() throws IOException {
        Files.writeString(proc.resolve("stat"), "cpu  100 20 30 4000 50 6 7 80 0 0\ncpu0 1 2\n");
        Path self = Files.createDirectory(proc.resolve("self"));
        Files.writeString(self.resolve("stat"), "42 (java (x) 1) S 1 42 42 0 -1 4194304 5000 0 17 0 90 10 0\n");
        HostCounters counters = HostCounters.read(proc, Duration.ofMillis(630));
        assertThat(counters.stolenMs()).isEqualTo(800);
        assertThat(counters.neighboursMs()).isEqualTo(10 * (100 + 20 + 30 + 6 + 7) - 630);
        assertThat(counters.majorFaults()).isEqualTo(17);
    }

    @Test
    void aKernelThatTellsNothingIsNoError() {
        HostCounters counters = HostCounters.read(proc.resolve("none"), Duration.ZERO);
        assertThat(List.of(counters.stolenMs(), counters.neighboursMs())).containsOnly(0.0);
    }

    @FunctionalInterface
    private interface Plant {
        long millis(int step);
    }

    @FunctionalInterface
    private interface Deed {
        void during(int step);
    }

    private long stolen;
    private long neighbours;
    private long faults;

    private void counters(long moreStolen, long moreNeighbours, long moreFaults) {
        stolen += moreStolen;
        neighbours += moreNeighbours;
        faults += moreFaults;
    }

    /** Trains five epochs of sleeping. @return what is said of the third */
    private String run(Plant loading, Plant waiting, Deed deed) {
        return run(loading, waiting, deed, this::read);
    }

    private String run(Plant loading, Plant waiting, Deed deed, Supplier<HostCounters> counters) {
        List<Integer> steps = IntStream.range(0, 5 * STEPS).boxed().toList();
        try (Prefetcher<Integer> batches = new Prefetcher<>(
                steps.stream().peek(step -> sleep(loading.millis(step))).iterator(), 1, "batches ahead")) {
            EpochMeter<Integer> meter = new EpochMeter<>(
                    batches,
                    (number, step) -> {
                        sleep(STEP_MILLIS);
                        deed.during(step);
                        long waited = waiting.millis(step);
                        sleep(waited);
                        return waited * 1_000_000;
                    },
                    counters);
            IntStream.range(0, 5).forEach(epoch -> meter.epoch(STEPS, 1));
            return Outliers.of(meter.epochs()).stream()
                    .filter(line -> line.startsWith("Epoch " + SLOW + " took"))
                    .findFirst()
                    .orElse("nothing is said of it: " + meter.epochs());
        }
    }

    /** Garbage collections are the JVM's own; the rest is what the kernel would say. */
    private HostCounters read() {
        try {
            Files.writeString(
                    proc.resolve("stat"), "cpu  %d 0 0 0 0 0 0 %d 0 0%n".formatted(neighbours / 10, stolen / 10));
            Files.createDirectories(proc.resolve("self"));
            Files.writeString(proc.resolve("self/stat"), "1 (java) R 1 1 1 0 -1 0 0 0 %d 0%n".formatted(faults));
            return HostCounters.read(proc, Duration.ZERO);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void collect() {
        List<Object> live = new ArrayList<>();
        for (int i = 0; i < 200_000; i++) {
            live.add(new long[] {i});
        }
        garbage.set(live); // what lives makes a collection long
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
    }

    private static boolean isSlow(int step) {
        return step / STEPS == SLOW - 1;
    }

    private static EpochParts epoch(int number, double seconds) {
        return new EpochParts(number, seconds, 100 / seconds, 0, 0, 0, 0, 0, 0);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
