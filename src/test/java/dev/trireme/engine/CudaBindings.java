package dev.trireme.engine;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.bytedeco.javacpp.Loader;

/** A process on the GPU class path that loads all bindings for CUDA, and asks for a group of NCCL's. */
final class CudaBindings {
    private static final List<String> CLASSES = List.of(
            "org.bytedeco.cuda.global.cudart",
            "org.bytedeco.cuda.global.nvrtc",
            "org.bytedeco.cuda.global.cublas",
            "org.bytedeco.cuda.global.cudnn",
            "org.bytedeco.cuda.global.nccl",
            "org.bytedeco.pytorch.global.torch_cuda",
            "org.bytedeco.pytorch.cuda.CUDAStream");

    private CudaBindings() {}

    public static void main(String[] arguments) throws ClassNotFoundException {
        NativeLibrary.load();
        for (String name : CLASSES) {
            Loader.load(Class.forName(name));
            System.out.println("loaded " + name);
        }
        try (Store store = Store.host(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), "probe", Duration.ofSeconds(20))) {
            GroupConfig config = new GroupConfig(BackendKind.NCCL, "all", 0, 1, "127.0.0.1", Duration.ofSeconds(20));
            NcclBackend.open(store.prefixed("all"), config).close();
            System.out.println("NCCL made a group");
        } catch (RuntimeException e) {
            System.out.println("NCCL says " + NativeErrors.firstLine(e));
        }
    }
}
