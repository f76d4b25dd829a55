package dev.trireme.machine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.CudaDriver;
import dev.trireme.engine.CudaLibrary;
import dev.trireme.engine.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The GPUs of a machine, and what they need.
 *
 * @param driver what NVIDIA's driver tells
 * @param nccl version of NCCL; empty where it is missing
 * @param missing libraries that nothing has
 * @param problems why each GPU cannot be used, by number; empty texts for those that can. Without a GPU, why {@code
 *     cuda:0} is not one
 */
public record Gpus(CudaDriver driver, String nccl, List<CudaLibrary> missing, List<String> problems) {
    /** Copies the lists. */
    public Gpus {
        NullChecks.require("driver", driver, "nccl", nccl, "missing", missing, "problems", problems);
        missing = List.copyOf(missing);
        problems = List.copyOf(problems);
    }

    /**
     * Examines this machine. Loads the native library.
     *
     * @return its GPUs; a machine without any has none
     */
    static Gpus here() {
        CudaDriver driver = CudaDriver.here();
        List<Path> folders = CudaLibrary.searchedFolders();
        return new Gpus(
                driver,
                CudaLibrary.NCCL.in(folders).map(CudaDriver::ncclVersion).orElse(""),
                CudaLibrary.missingFrom(folders),
                IntStream.range(0, Math.max(1, driver.gpus().size()))
                        .mapToObj(number ->
                                Device.parse("cuda:" + number).problem().orElse(""))
                        .toList());
    }

    /**
     * The GPUs in the words of a report.
     *
     * @return facts, at least one
     */
    Diagnosis.Section section() {
        List<Diagnosis.Fact> facts = new ArrayList<>();
        if (driver.cudaVersion() > 0) {
            String release = driver.release().isEmpty() ? "" : driver.release() + ", ";
            facts.add(new Diagnosis.Fact("driver", release + "runs CUDA up to " + version(driver.cudaVersion())));
        }
        if (!nccl.isEmpty()) {
            facts.add(new Diagnosis.Fact("nccl", nccl));
        }
        for (int gpu = 0; gpu < problems.size(); gpu++) {
            if (gpu < driver.gpus().size()) {
                facts.add(new Diagnosis.Fact(
                        "cuda:" + gpu, described(driver.gpus().get(gpu))));
            }
            facts.add(
                    problems.get(gpu).isEmpty()
                            ? new Diagnosis.Fact("", "ready: use --device cuda:" + gpu)
                            : new Diagnosis.Fact("", "cuda:" + gpu + " cannot be used: " + problems.get(gpu)));
        }
        Map<String, List<String>> files = new LinkedHashMap<>();
        missing.forEach(library -> files.computeIfAbsent(library.source(), source -> new ArrayList<>())
                .add(library.file()));
        files.forEach(
                (source, names) -> facts.add(new Diagnosis.Fact("missing", String.join(", ", names) + ": " + source)));
        return new Diagnosis.Section("GPUs", facts);
    }

    private static String described(CudaDriver.Gpu gpu) {
        String memory = gpu.freeBytes() < 0
                ? gigabytes(gpu.totalBytes()) + " GB"
                : gigabytes(gpu.totalBytes()) + " GB, of which " + gigabytes(gpu.freeBytes()) + " GB are free";
        String peers = gpu.peers().isEmpty()
                ? ""
                : ", reaches "
                        + gpu.peers().stream().map(peer -> "cuda:" + peer).collect(Collectors.joining(" and "))
                        + (gpu.nvlinks() == 0 ? "" : ", " + gpu.nvlinks() + " NVLinks");
        return gpu.name() + ", compute capability " + gpu.capability() / 10 + "." + gpu.capability() % 10 + ", "
                + memory + peers;
    }

    private static String version(int cuda) {
        return cuda / 1000 + "." + cuda / 10 % 100;
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / 1e9);
    }
}
