package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What runs on GPUs, as far as it goes without one: the class path of profile {@code gpu} on its CPU device, its
 * libraries over drivers that claim this or that, and what users are told. It needs {@code mvn -Pgpu initialize} and
 * {@code doctor --install-cuda}; {@code TRIREME_NEEDS_GPU_CLASSPATH=1} makes their absence a failure.
 */
@Timeout(300)
class GpuClassPathIT {
    private static final Path CLASS_PATH = Path.of("target/classpath-gpu.txt");

    @TempDir
    private Path folder;

    private static List<Path> jars = List.of();

    record Ended(int code, String output) {}

    @BeforeAll
    static void everythingIsThere() throws IOException {
        boolean ready = Files.exists(CLASS_PATH)
                && Files.exists(
                        CudaLibrary.librariesOf(CudaLibrary.installation()).resolve("libcublas.so.13"));
        assumeTrue(
                ready || "1".equals(System.getenv("TRIREME_NEEDS_GPU_CLASSPATH")),
                "mvn -Pgpu initialize and bin/trireme doctor --install-cuda did not run");
        jars = Stream.of(Files.readString(CLASS_PATH).strip().split(File.pathSeparator, -1))
                .map(Path::of)
                .toList();
        assertThat(jars).noneMatch(jar -> jar.toString().matches(".*/pytorch-[^/]*-linux-x86_64.jar"));
    }

    @Test
    void ranksTrainAndAModelGeneratesOnTheCpuOfTheBuildForCuda() throws IOException, InterruptedException {
        Ended train = trireme(
                Map.of(),
                "train",
                "--out",
                "run",
                "--train",
                "200",
                "--validation",
                "20",
                "--test",
                "5",
                "--layers",
                "2",
                "--hidden",
                "32",
                "--heads",
                "2",
                "--vocab-size",
                "400",
                "--max-length",
                "48",
                "--batch-size",
                "16",
                "--max-steps",
                "6",
                "--epochs",
                "1",
                "--world-size",
                "2",
                "--stages",
                "2",
                "--json");
        assertThat(train.code).as(train.output).isZero();
        assertThat(train.output).contains("\"kind\":\"result\"");
        Ended generate = trireme(
                Map.of(),
                "generate",
                "--model",
                "run/model",
                "--translate",
                "Das Kind spielt.",
                "--max-new-tokens",
                "4",
                "--json");
        assertThat(generate.code).as(generate.output).isZero();
        assertThat(generate.output).contains("\"kind\":\"generation\"");
    }

    @Test
    void allBindingsLoadOverADriverWithoutDevicesAndNcclRefusesItself() throws IOException, InterruptedException {
        Ended probe = run(driver(0, 13_010, 0), List.of(), CudaBindings.class.getName());
        assertThat(probe.output)
                .contains("loaded org.bytedeco.cuda.global.cudart", "loaded org.bytedeco.pytorch.cuda.CUDAStream")
                .contains("NCCL says ProcessGroupNCCL is only supported with GPUs, no GPUs found!");
        assertThat(probe.code).isZero();
    }

    @Test
    void aMachineWithoutADriverIsToldWhatToInstallAndDoesNotTrainOnItsCpu() throws IOException, InterruptedException {
        assumeTrue(CudaDriver.here().cudaVersion() == 0, "this machine has a driver");
        Ended train = trireme(Map.of(), "train", "--out", "run", "--device", "cuda");
        assertThat(train.output.lines())
                .containsExactly(
                        "trireme: --device cuda:0 cannot be used: libcuda.so.1: cannot open shared object file:"
                                + " No such file or directory; install NVIDIA's driver from version 580 on, or use cpu");
        assertThat(train.code).isEqualTo(2);
        assertThat(folder.resolve("run")).doesNotExist();
        Ended score = trireme(Map.of(), "score", "--model", model(), "--ids", "1,2", "--device", "cuda", "--quiet");
        assertThat(score.output.lines()).singleElement().asString().contains("cuda:0 cannot be used: libcuda.so.1");
        assertThat(score.code).isEqualTo(2);
    }

    @Test
    void aDriverWithoutDevicesIsToldInItsOwnWords() throws IOException, InterruptedException {
        Ended doctor = trireme(driver(0, 13_010, 0), "doctor", "--device", "cuda", "--quiet");
        assertThat(doctor.code).isEqualTo(1);
        assertThat(doctor.output)
                .contains("driver     999.13, runs CUDA up to 13.1")
                .endsWith(
                        "trireme: device cuda cannot be used: the driver says: no CUDA-capable device is detected; see"
                                + " nvidia-smi and CUDA_VISIBLE_DEVICES, or use cpu\n");
    }

    @Test
    void aDriverThatIsTooOldIsToldWithTheOneThatIsNeeded() throws IOException, InterruptedException {
        assertThat(trireme(driver(1, 12_040, 90), "train", "--out", "run", "--device", "cuda").output)
                .isEqualTo(
                        "trireme: --device cuda:0 cannot be used: the NVIDIA driver 999.12 is too old: it runs CUDA up to"
                                + " 12.4, and libtorch is built with 13.1; install a driver from version 580 on\n");
    }

    @Test
    void doctorListsTheGpusOfADriver() throws IOException, InterruptedException {
        Ended doctor = trireme(driver(2, 13_010, 70), "doctor", "--quiet");
        assertThat(doctor.code).as(doctor.output).isZero();
        assertThat(doctor.output)
                .contains(
                        "nccl       2.29.7",
                        "cuda:0     Fake GPU 0, compute capability 7.0, 80.0 GB, of which 79.0 GB are free, reaches cuda:1, 4"
                                + " NVLinks",
                        "cuda:1     Fake GPU 1, compute capability 7.0, 80.0 GB, of which 78.0 GB are free, reaches cuda:0, 4"
                                + " NVLinks")
                .contains(
                        "cuda:0 cannot be used: it is a Fake GPU 0 of compute capability 7.0, for which libtorch's build has no"
                                + " code (7.5, 8.x, 9.x, 10.x and 12.x); use another GPU, or cpu");
        assertThat(trireme(driver(1, 13_010, 90), "doctor", "--device", "cuda", "--quiet").output)
                .endsWith(
                        "cuda cannot be used: the driver lists Fake GPU 0 but libtorch sees no GPU; start again after a"
                                + " restart of the driver, or use cpu\n");
    }

    @Test
    void bothBuildsTogetherWorkWithAllLibrariesAndAreRefusedWithoutInsteadOfEndingTheProcess()
            throws IOException, InterruptedException {
        String both = Files.readString(CLASS_PATH).strip()
                + File.pathSeparator
                + Files.readString(Path.of("target/classpath.txt")).strip();
        Ended whole = run(both, Map.of(), List.of(), "dev.trireme.cli.Main", "doctor", "--quiet");
        assertThat(whole.output).contains("CUDA_VERSION=13.1");
        List<String> elsewhere = List.of("-Duser.home=" + folder);
        Ended missing =
                run(both, Map.of(), elsewhere, "dev.trireme.cli.Main", "score", "--model", model(), "--ids", "1,2");
        assertThat(missing.output)
                .contains(
                        "trireme: libtorch's builds for CPUs and for CUDA are both on the class path, and libcublas.so.13 is"
                                + " missing, which is fetched by bin/trireme doctor --install-cuda");
        assertThat(missing.code).isEqualTo(1);
    }

    @Test
    void aLibraryThatIsMissingIsToldInTheLoadersWordsAndLinksToAnInstallationThatIsGoneDoNoHarm()
            throws IOException, InterruptedException {
        Path cache = folder.resolve("cache");
        copyOfTheCache(cache);
        Path moved = cache.resolve(jars.stream()
                        .filter(jar -> jar.toString().endsWith("-gpu.jar"))
                        .findFirst()
                        .orElseThrow()
                        .getFileName())
                .resolve("org/bytedeco/pytorch/linux-x86_64-gpu/libcublas.so.13");
        Files.createSymbolicLink(moved, folder.resolve("moved/libcublas.so.13"));
        List<String> elsewhere = List.of("-Dorg.bytedeco.javacpp.cachedir=" + cache, "-Duser.home=" + folder);
        Ended missing = run(Map.of(), elsewhere, "dev.trireme.cli.Main", "train", "--out", "run", "--device", "cuda");
        assertThat(missing.output)
                .matches(
                        "trireme: --device cuda:0 cannot be used: libtorch_cuda.so needs lib\\w+\\.so\\.\\d+: cannot open"
                                + " shared object file: No such file or directory; run bin/trireme doctor --install-cuda\n");
        assertThat(missing.code).isEqualTo(2);

        List<String> installed = List.of(
                "-Dorg.bytedeco.javacpp.cachedir=" + cache,
                "-Dorg.bytedeco.javacpp.platform.preloadpath=" + CudaLibrary.librariesOf(CudaLibrary.installation()));
        Ended doctor = run(driver(0, 13_010, 0), installed, "dev.trireme.cli.Main", "doctor", "--device", "cuda");
        assertThat(doctor.output).contains("cuda cannot be used: the driver says: no CUDA-capable device");
    }

    @Test
    void aCacheThatLacksLibrariesForCudaIsFilledBeforeRanksStart() throws IOException, InterruptedException {
        Path cache = folder.resolve("cache");
        copyOfTheCache(cache);
        List<String> lacking = List.of("libcudart.so.13", "libjnicudart.so", "libc10_cuda.so");
        try (Stream<Path> files = Files.walk(cache)) {
            for (Path file : files.filter(
                            path -> lacking.contains(path.getFileName().toString()))
                    .toList()) {
                Files.delete(file);
            }
        }
        Ended probe = run(Map.of(), List.of("-Dorg.bytedeco.javacpp.cachedir=" + cache), CacheProbe.class.getName());
        assertThat(probe.output.lines())
                .contains(
                        "extracted libcudart.so.13", "extracted libjnicudart.so", "extracted libc10_cuda.so", "loaded")
                .hasSize(4);
    }

    /** Of what jars hold; links to libraries elsewhere are left out. */
    private static void copyOfTheCache(Path copy) throws IOException {
        Path cache = NativeLibrary.cacheFolder();
        List<String> names =
                jars.stream().map(jar -> jar.getFileName().toString()).toList();
        for (String name : names) {
            if (Files.isDirectory(cache.resolve(name))) {
                try (Stream<Path> files = Files.walk(cache.resolve(name))) {
                    for (Path file : files.toList()) {
                        Path target = copy.resolve(cache.relativize(file));
                        if (Files.isDirectory(file)) {
                            Files.createDirectories(target);
                        } else if (!Files.isSymbolicLink(file)) {
                            NativeCacheIT.linkOrCopy(file, target);
                        }
                    }
                }
            }
        }
    }

    private Map<String, String> driver(int gpus, int cuda, int capability) throws IOException, InterruptedException {
        Path bindings = NativeLibrary.cacheFolder()
                .resolve(jars.stream()
                        .filter(jar -> jar.toString().matches(".*/cuda-1.*-linux-x86_64.jar"))
                        .findFirst()
                        .orElseThrow()
                        .getFileName())
                .resolve("org/bytedeco/cuda/" + Loader.getPlatform() + "/libjnicudart.so");
        Path own = Files.createTempDirectory(folder, "driver");
        new FakeDriver(gpus, cuda, capability).build(own, bindings);
        return Map.of("LD_LIBRARY_PATH", own.toString());
    }

    private static String model() {
        return Path.of("src/test/resources/golden/gpt2-tiny").toAbsolutePath().toString();
    }

    private Ended trireme(Map<String, String> variables, String... arguments) throws IOException, InterruptedException {
        return run(variables, List.of(), "dev.trireme.cli.Main", arguments);
    }

    private Ended run(Map<String, String> variables, List<String> options, String main, String... arguments)
            throws IOException, InterruptedException {
        return run(Files.readString(CLASS_PATH).strip(), variables, options, main, arguments);
    }

    private Ended run(
            String classPath, Map<String, String> variables, List<String> options, String main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.maxbytes=0",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
        command.addAll(options);
        String own = Stream.of("target/classes", "target/test-classes")
                .map(name -> Path.of(name).toAbsolutePath().toString())
                .reduce((a, b) -> a + File.pathSeparator + b)
                .orElseThrow();
        command.addAll(List.of("-cp", own + File.pathSeparator + classPath, main));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().putAll(variables);
        Path output = Files.createTempFile(folder, "output", ".txt");
        Process process = builder.redirectOutput(output.toFile()).start();
        if (!process.waitFor(200, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return new Ended(process.waitFor(), Files.readString(output, StandardCharsets.UTF_8));
    }
}
