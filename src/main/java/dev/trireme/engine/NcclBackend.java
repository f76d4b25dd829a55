package dev.trireme.engine;

import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

/** Alone here because every class of the NCCL presets needs libcuda: loading one on a machine without GPU fails. */
final class NcclBackend {
    private NcclBackend() {}

    static Backend open(PrefixStore store, GroupConfig config) {
        try (ProcessGroupNCCL.Options options = ProcessGroupNCCL.Options.create();
                Milliseconds timeout = new Milliseconds(config.timeout().toMillis())) {
            options.timeout(timeout);
            return new ProcessGroupNCCL(store, config.rank(), config.worldSize(), options);
        }
    }
}
