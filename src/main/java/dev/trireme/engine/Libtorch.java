package dev.trireme.engine;

import org.bytedeco.javacpp.ClassProperties;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.presets.openblas;
import org.bytedeco.pytorch.presets.torch;

/**
 * Loads libtorch. On CPUs this leaves out JavaCPP's own binding of it, which looks up thousands of classes when it is loaded and takes
 * twice the time of the libraries; a process group loads that when it needs it. The names are those of the presets of this version.
 */
final class Libtorch {
    private Libtorch() {}

    static void load() {
        if (NativeCache.cudaLibrary().isPresent()) {
            Loader.load(org.bytedeco.pytorch.global.torch.class); // which knows the order of CUDA's many libraries
            return;
        }
        load(openblas.class, "gcc_s@.1", "quadmath@.0", "gfortran@.5", "openblas@.0");
        load(torch.class, "gomp@.1", "c10", "torch_cpu", "torch");
    }

    /** @param names as presets write them, each after those that it needs */
    private static void load(Class<?> presets, String... names) {
        ClassProperties properties = Loader.loadProperties(presets, Loader.loadProperties(), false);
        for (String name : names) {
            Loader.loadLibrary(presets, Loader.findLibrary(presets, properties, name, false), name);
        }
    }
}
