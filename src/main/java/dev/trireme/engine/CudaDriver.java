package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.bindings.NativeCudaDriver;
import dev.trireme.engine.bindings.global.core;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * What NVIDIA's driver says of this machine. It does not need libtorch's build for CUDA, so that it tells why that
 * build cannot be used, and it leaves the GPUs as they are.
 *
 * @param problem why no GPU can be used, in the driver's words; empty when there is one
 * @param cudaVersion the newest CUDA that the driver runs, such as 13010 for 13.1; 0 without a driver
 * @param release the driver's own number, such as 580.95.05; empty where it does not tell
 * @param gpus the devices that it lists, by number
 */
public record CudaDriver(String problem, int cudaVersion, String release, List<Gpu> gpus) {
    /** Copies the list. */
    public CudaDriver {
        NullChecks.require("problem", problem, "release", release, "gpus", gpus);
        gpus = List.copyOf(gpus);
    }

    /**
     * A GPU.
     *
     * @param name as NVIDIA calls it
     * @param capability compute capability, such as 90 for 9.0
     * @param totalBytes of its memory
     * @param freeBytes that no process holds; -1 where the driver does not tell
     * @param nvlinks active NVLinks
     * @param peers numbers of the GPUs whose memory it reaches directly
     */
    public record Gpu(String name, int capability, long totalBytes, long freeBytes, int nvlinks, List<Integer> peers) {
        /** What libtorch's build has code for; there is none that the driver could translate for others. */
        public static final String BUILT_FOR = "7.5, 8.x, 9.x, 10.x and 12.x";

        /** Capabilities of that code. It runs on devices of the same first digit and at least the same second one. */
        private static final List<Integer> CODE = List.of(75, 80, 90, 100, 120);

        /** Copies the list. */
        public Gpu {
            NullChecks.require("name", name, "peers", peers);
            peers = List.copyOf(peers);
        }

        /**
         * Whether libtorch's build has code for it.
         *
         * @return false for GPUs that are older or newer than the build
         */
        public boolean hasKernels() {
            return CODE.stream().anyMatch(code -> code / 10 == capability / 10 && code <= capability);
        }
    }

    /**
     * Asks the driver. Loads the native library.
     *
     * @return its answers; a machine without a driver is one, too
     */
    public static CudaDriver here() {
        NativeLibrary.load();
        try (NativeCudaDriver driver = new NativeCudaDriver()) {
            int count = (int) driver.devices();
            return new CudaDriver(
                    driver.problem(),
                    (int) driver.cuda_version(),
                    driver.release(),
                    IntStream.range(0, count)
                            .mapToObj(gpu -> new Gpu(
                                    driver.name(gpu),
                                    (int) driver.capability(gpu),
                                    driver.total_bytes(gpu),
                                    driver.free_bytes(gpu),
                                    (int) driver.nvlinks(gpu),
                                    IntStream.range(0, count)
                                            .filter(other -> other != gpu && driver.reaches(gpu, other))
                                            .boxed()
                                            .toList()))
                            .toList());
        }
    }

    /**
     * The version of an NCCL library.
     *
     * @param library its file
     * @return such as 2.29.7; empty when it cannot be loaded
     */
    public static String ncclVersion(Path library) {
        Objects.requireNonNull(library, "library");
        NativeLibrary.load();
        long version = core.nccl_version(library.toString());
        return version == 0 ? "" : version / 10_000 + "." + version / 100 % 100 + "." + version % 100;
    }
}
