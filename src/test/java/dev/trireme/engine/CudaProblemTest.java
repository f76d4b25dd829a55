package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.engine.CudaDriver.Gpu;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaProblemTest {
    private static final CudaDriver NONE =
            new CudaDriver("libcuda.so.1: cannot open shared object file: No such file or directory", 0, "", List.of());

    @Test
    void theFirstCauseIsToldWithItsCure() {
        assertThat(problem(0, new CudaProblem.Facts(false, "", NONE, () -> 0)))
                .isEqualTo(
                        "this is libtorch for CPUs; start bin/trireme with --device cuda, or put the jars for GPUs that"
                                + " the README lists on the class path");
        assertThat(problem(
                        0,
                        new CudaProblem.Facts(true, "libtorch_cuda.so needs libnccl.so.2: cannot open", NONE, () -> 0)))
                .isEqualTo("libtorch_cuda.so needs libnccl.so.2: cannot open; run bin/trireme doctor --install-cuda");
        assertThat(problem(0, new CudaProblem.Facts(true, "", NONE, () -> 0)))
                .isEqualTo("libcuda.so.1: cannot open shared object file: No such file or directory; install NVIDIA's"
                        + " driver from version 580 on, or use cpu");
        CudaDriver hidden =
                new CudaDriver("the driver says: no CUDA-capable device is detected", 13_010, "580.95.05", List.of());
        assertThat(problem(0, new CudaProblem.Facts(true, "", hidden, () -> 0)))
                .isEqualTo(
                        "the driver says: no CUDA-capable device is detected; see nvidia-smi and CUDA_VISIBLE_DEVICES, or"
                                + " use cpu");
    }

    @Test
    void aDriverForAnOlderCudaIsNamedWithTheOneThatIsNeeded() {
        CudaDriver old = new CudaDriver("", 12_040, "550.54.15", List.of(gpu("NVIDIA H100", 90)));
        assertThat(problem(0, new CudaProblem.Facts(true, "", old, () -> 0)))
                .isEqualTo("the NVIDIA driver 550.54.15 is too old: it runs CUDA up to 12.4, and libtorch is built with"
                        + " 13.1; install a driver from version 580 on");
    }

    @Test
    void aNumberBeyondTheLastGpuIsToldHowManyThereAre() {
        CudaDriver two = driver(gpu("NVIDIA H100", 90), gpu("NVIDIA H100", 90));
        assertThat(CudaProblem.explain(1, new CudaProblem.Facts(true, "", two, () -> 2)))
                .isEmpty();
        assertThat(problem(2, new CudaProblem.Facts(true, "", two, () -> 2)))
                .isEqualTo(
                        "there are 2 GPUs here, from cuda:0; use fewer ranks or stages, or cuda:N for all stages on one"
                                + " GPU");
    }

    @ParameterizedTest
    @CsvSource({
        "61, false",
        "70, false",
        "75, true",
        "86, true",
        "89, true",
        "90, true",
        "103, true",
        "110, false",
        "121, true",
        "130, false"
    })
    void codeRunsOnDevicesOfItsOwnGenerationOnly(int capability, boolean runs) {
        CudaDriver driver = driver(gpu("a GPU", capability));
        assertThat(CudaProblem.explain(0, new CudaProblem.Facts(true, "", driver, () -> 1))
                        .isEmpty())
                .isEqualTo(runs);
    }

    @Test
    void aGpuWithoutCodeIsNamedAsSuch() {
        assertThat(problem(0, new CudaProblem.Facts(true, "", driver(gpu("Tesla V100-SXM2-16GB", 70)), () -> 1)))
                .isEqualTo(
                        "it is a Tesla V100-SXM2-16GB of compute capability 7.0, for which libtorch's build has no code"
                                + " (7.5, 8.x, 9.x, 10.x and 12.x); use another GPU, or cpu");
    }

    private static String problem(int index, CudaProblem.Facts facts) {
        return CudaProblem.explain(index, facts).orElseThrow();
    }

    private static CudaDriver driver(Gpu... gpus) {
        return new CudaDriver("", 13_010, "580.95.05", Stream.of(gpus).toList());
    }

    private static Gpu gpu(String name, int capability) {
        return new Gpu(name, capability, 80_000_000_000L, 79_000_000_000L, 0, List.of());
    }
}
