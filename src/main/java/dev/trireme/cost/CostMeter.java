package dev.trireme.cost;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.AtomicFile;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.StageCosts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the costs of a model's parts on this machine, for balanced splits. Measurements are cached in a folder for a
 * day, because machines and their loads change.
 *
 * <pre>
 *   costs ──▶ FOLDER/HASH.json, written today? ──yes──▶ StageCosts
 *                        └──no──▶ a few timed micro-batches, or decoding steps ──▶ written for the next run
 * </pre>
 */
public final class CostMeter {
    private static final Logger LOG = LoggerFactory.getLogger(CostMeter.class);
    private static final Duration FRESH = Duration.ofDays(1);
    private static final int MOST_AT_ONCE = 8; // more would need the memory of as many models

    private final Path folder;

    /** What a file holds. The key tells whose costs they are even if two hashes should be equal. */
    private record Kept(String key, JsonNode value) {}

    /**
     * A meter with its cache in a folder.
     *
     * @param folder made when needed; errors there only cost time
     */
    public CostMeter(Path folder) {
        Objects.requireNonNull(folder, "folder");
        this.folder = folder;
    }

    /**
     * The default meter.
     *
     * @return a meter with its cache in {@code ~/.cache/trireme/costs}
     */
    public static CostMeter ofUser() {
        return new CostMeter(Path.of(System.getProperty("user.home"), ".cache", "trireme", "costs"));
    }

    /**
     * The costs of a training micro-batch: cached ones of the last day, or measured now, which takes seconds to a
     * minute.
     *
     * @param model to split
     * @param device to measure
     * @param threads of each stage; set for the whole process
     * @param rows of a micro-batch
     * @param length tokens of a row
     * @return medians of one micro-batch; one layer is measured, since all are alike
     */
    public StageCosts costs(ModelConfig model, Device device, int threads, int rows, int length) {
        NullChecks.require("model", model, "device", device);
        return partCosts(model, device, threads, rows, length).parts();
    }

    /**
     * The same while nothing else runs and while all cores are busy, and the end of a step likewise; measured today, or
     * now. What {@link #costs} measured is not measured again. At most 8 stages run at once, since each run takes the memory
     * of a layer, an embedding and a head: with more cores, busy is the time while 8 stages compute, which is too short.
     *
     * @param model what is cut
     * @param device where
     * @param threads of each stage; they become those of this process
     * @param rows of a micro-batch
     * @param length tokens of a row
     * @return the costs; those of a GPU, and of a stage with all cores, are the same alone and busy
     */
    public HostCosts hostCosts(ModelConfig model, Device device, int threads, int rows, int length) {
        NullChecks.require("model", model, "device", device);
        PartCosts alone = partCosts(model, device, threads, rows, length);
        int runs = device.isGpu() ? 1 : Math.min(MOST_AT_ONCE, cores() / threads);
        PartCosts busy = runs < 2
                ? alone
                : kept(
                        key(model, device, threads, rows, length) + ", " + runs + " at once",
                        PartCosts.class,
                        () -> measureNow(model, device, threads, runs, size(device, threads, rows, length)));
        return new HostCosts(alone.parts(), busy.parts(), alone.update(), busy.update());
    }

    private PartCosts partCosts(ModelConfig model, Device device, int threads, int rows, int length) {
        return kept(
                key(model, device, threads, rows, length),
                PartCosts.class,
                () -> measureNow(model, device, threads, 1, size(device, threads, rows, length)));
    }

    private static String key(ModelConfig model, Device device, int threads, int rows, int length) {
        return "sublayers and updates of %s on %s of %s, %d threads, %d × %d tokens"
                .formatted(model, device, machine(), threads, rows, length);
    }

    private static CostRun.Size size(Device device, int threads, int rows, int length) {
        return new CostRun.Size(rows, length, threads == 1 && !device.isGpu());
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    private static PartCosts measureNow(ModelConfig model, Device device, int threads, int runs, CostRun.Size size) {
        NativeLibrary.setThreads(threads);
        return CostRun.measureBusy(model, device, size, runs);
    }

    /**
     * The costs of a decoding step: cached ones of the last day, or measured now, which takes about a second and the
     * time to write the weights of one block, embedding and head.
     *
     * @param model to split
     * @param device to measure
     * @param threads of each stage; set for the whole process
     * @param weights their purpose and type
     * @return minima of a step that appends one token to each of some sequences; one block is measured, since all are
     *     alike
     */
    public StageCosts decodingCosts(ModelConfig model, Device device, int threads, Weights weights) {
        NullChecks.require("model", model, "device", device, "weights", weights);
        return kept(
                "sublayers of %s on %s of %s, %d threads, decoding with %s"
                        .formatted(model, device, machine(), threads, weights),
                StageCosts.class,
                () -> {
                    NativeLibrary.setThreads(threads);
                    return DecodingCostRun.measure(model, device, weights);
                });
    }

    /**
     * A figure that was measured today, or is now.
     *
     * @param key whose it is: machine, settings, everything that it depends on
     * @param type of the figure, a record that JSON holds
     * @param meter measures it
     * @param <T> its type
     * @return the figure
     */
    public <T extends Record> T kept(String key, Class<T> type, Supplier<T> meter) {
        NullChecks.require("key", key, "type", type, "meter", meter);
        Path file = folder.resolve(UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8)) + ".json");
        return read(file, key, type).orElseGet(() -> {
            T value = meter.get();
            write(file, new Kept(key, Json.tree(value)));
            return value;
        });
    }

    /**
     * Measures the costs of a training micro-batch now, without the cache; see {@link #costs}.
     *
     * @param model to split
     * @param device to measure
     * @param threads of each stage
     * @param rows of a micro-batch
     * @param length tokens of a row
     * @return medians of one micro-batch
     */
    public static StageCosts measure(ModelConfig model, Device device, int threads, int rows, int length) {
        NullChecks.require("model", model, "device", device);
        NativeLibrary.setThreads(threads);
        return CostRun.measure(model, device, size(device, threads, rows, length));
    }

    private static <T extends Record> Optional<T> read(Path file, String key, Class<T> type) {
        try {
            if (!Files.exists(file)
                    || Files.getLastModifiedTime(file)
                            .toInstant()
                            .isBefore(Instant.now().minus(FRESH))) {
                return Optional.empty();
            }
            Kept kept = Json.READER.readValue(Files.readString(file), Kept.class);
            return kept.key().equals(key) ? Optional.of(Json.READER.treeToValue(kept.value(), type)) : Optional.empty();
        } catch (IOException e) {
            LOG.debug("costs in {} cannot be read and are measured again", file, e);
            return Optional.empty();
        }
    }

    private static void write(Path file, Kept kept) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path part = Files.createTempFile(file.toAbsolutePath().getParent(), "costs", ".part");
            String json = Json.text(Json.WRITER, kept);
            AtomicFile.replace(part, file, path -> Files.writeString(path, json)); // other processes read it
        } catch (IOException e) {
            LOG.debug("costs cannot be kept in {} and will be measured again", file, e);
        }
    }

    /**
     * This host, as figures that are kept name it: home folders are shared between machines, and machines get other
     * processors.
     *
     * @return the processor's name and the number of cores
     */
    public static String machine() {
        String cores = cores() + " cores";
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip() + ", " + cores)
                    .orElse(cores);
        } catch (IOException e) {
            return cores;
        }
    }
}
