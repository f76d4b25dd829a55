package dev.trireme.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntSupplier;

/** Why a GPU that was asked for cannot be used. The first cause counts: jars, libraries, driver, number, architecture. */
final class CudaProblem {
    /** The oldest CUDA that a driver may be for, as it tells it: libtorch is built with 13. */
    static final int LEAST_CUDA = 13_000;

    private CudaProblem() {}

    /**
     * What decides whether a GPU can be used.
     *
     * @param onClassPath whether libtorch's build for CUDA is
     * @param loader why its libraries do not load, in the loader's words; empty when they do
     * @param driver what the driver says
     * @param usable how many GPUs libtorch sees; asked last, since libtorch prints what it dislikes
     */
    record Facts(boolean onClassPath, String loader, CudaDriver driver, IntSupplier usable) {}

    static Optional<String> of(int index) {
        NativeLibrary.load();
        return explain(
                index,
                new Facts(
                        NativeCache.cudaLibrary().isPresent(),
                        loaderProblem(),
                        CudaDriver.here(),
                        NativeLibrary::gpuCount));
    }

    static Optional<String> explain(int index, Facts facts) {
        CudaDriver driver = facts.driver;
        if (!facts.onClassPath) {
            return Optional.of(
                    "this is libtorch for CPUs; start bin/trireme with --device cuda, or put the jars for GPUs"
                            + " that the README lists on the class path");
        }
        if (!facts.loader.isEmpty()) {
            return Optional.of(facts.loader + "; run bin/trireme doctor --install-cuda");
        }
        if (driver.cudaVersion() > 0 && driver.cudaVersion() < LEAST_CUDA) {
            return Optional.of("the NVIDIA driver" + (driver.release().isEmpty() ? "" : " " + driver.release())
                    + " is too old: it runs CUDA up to " + version(driver.cudaVersion())
                    + ", and libtorch is built with 13.1; install a driver from version 580 on");
        }
        if (!driver.problem().isEmpty()) {
            return Optional.of(driver.problem() + "; "
                    + (driver.cudaVersion() == 0
                            ? "install NVIDIA's driver from version 580 on, or use cpu"
                            : "see nvidia-smi and CUDA_VISIBLE_DEVICES, or use cpu"));
        }
        int count = driver.gpus().size();
        if (index >= count) {
            return Optional.of("there " + (count == 1 ? "is 1 GPU" : "are " + count + " GPUs")
                    + " here, from cuda:0; use fewer ranks or stages, or cuda:N for all stages on one GPU");
        }
        CudaDriver.Gpu gpu = driver.gpus().get(index);
        if (!gpu.hasKernels()) {
            return Optional.of("it is a " + gpu.name() + " of compute capability " + gpu.capability() / 10 + "."
                    + gpu.capability() % 10 + ", for which libtorch's build has no code (" + CudaDriver.Gpu.BUILT_FOR
                    + "); use another GPU, or cpu");
        }
        return index < facts.usable.getAsInt()
                ? Optional.empty()
                : Optional.of("the driver lists " + gpu.name()
                        + " but libtorch sees no GPU; start again after a restart of the driver, or use cpu");
    }

    /** JavaCPP passes over a library that does not load. What the loader says of it is only told to who loads it again. */
    static String loaderProblem() {
        Optional<Path> library = NativeCache.cudaLibrary().filter(Files::exists);
        if (library.isEmpty()) {
            return "";
        }
        try {
            System.load(library.get().toString());
            return "";
        } catch (UnsatisfiedLinkError e) {
            String text = NativeErrors.firstLine(e); // FILE: WHAT IS MISSING: why
            return text.contains("already loaded")
                    ? ""
                    : text.replaceFirst("^.*/(libtorch_cuda\\.so): (?=\\S)", "$1 needs ");
        }
    }

    static String version(int cuda) {
        return cuda / 1000 + "." + cuda / 10 % 100;
    }
}
