package dev.trireme.cost;

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

    private final Path folder;

    /** The content of a cache file. The key tells apart models whose hashes collide. */
    private record Kept(String key, StageCosts costs) {}

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
        return kept(
                "sublayers of %s on %s of %s, %d threads, %d × %d tokens"
                        .formatted(model, device, machine(), threads, rows, length),
                () -> measure(model, device, threads, rows, length));
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
                () -> {
                    NativeLibrary.setThreads(threads);
                    return DecodingCostRun.measure(model, device, weights);
                });
    }

    private StageCosts kept(String key, Supplier<StageCosts> meter) {
        Path file = folder.resolve(UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8)) + ".json");
        return read(file, key).orElseGet(() -> {
            StageCosts costs = meter.get();
            write(file, new Kept(key, costs));
            return costs;
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
        return CostRun.measure(model, device, rows, length);
    }

    private static Optional<StageCosts> read(Path file, String key) {
        try {
            if (!Files.exists(file)
                    || Files.getLastModifiedTime(file)
                            .toInstant()
                            .isBefore(Instant.now().minus(FRESH))) {
                return Optional.empty();
            }
            return Optional.of(Json.READER.readValue(Files.readString(file), Kept.class))
                    .filter(kept -> kept.key().equals(key))
                    .map(Kept::costs);
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

    /** Part of the key, because home folders are shared between machines and machines get other processors. */
    private static String machine() {
        String cores = Runtime.getRuntime().availableProcessors() + " cores";
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
