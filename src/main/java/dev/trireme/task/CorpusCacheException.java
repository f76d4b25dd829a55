package dev.trireme.task;

import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;
import java.io.IOException;
import java.nio.file.Path;

/** An encoded corpus could not be written to the cache. The message names the cache and the cure. */
public final class CorpusCacheException extends IllegalStateException implements CodedFailure {
    private static final long serialVersionUID = 1;

    CorpusCacheException(Path cache, IOException cause) {
        super(
                cache + ": the encoded corpus cannot be written (" + cause + "); free space there, or name another"
                        + " folder by JAVA_TOOL_OPTIONS=-D" + TaskData.CACHE + "=DIR",
                cause);
    }

    @Override
    public ExitCode exitCode() {
        return ExitCode.CHECKPOINT;
    }
}
