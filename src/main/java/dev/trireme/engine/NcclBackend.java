package dev.trireme.engine;

import dev.trireme.engine.bindings.global.core;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

/**
 * Makes NCCL backends. It is a class of its own because every class of the NCCL presets needs libcuda, which fails to
 * load on a machine without a GPU.
 */
final class NcclBackend {
    private NcclBackend() {}

    static Backend open(PrefixStore store, GroupConfig config) {
        core.leave_process_to_us();
        try (ProcessGroupNCCL.Options options = ProcessGroupNCCL.Options.create();
                Milliseconds timeout = new Milliseconds(config.timeout().toMillis())) {
            options.timeout(timeout);
            return new ProcessGroupNCCL(store, config.rank(), config.worldSize(), options);
        }
    }
}
