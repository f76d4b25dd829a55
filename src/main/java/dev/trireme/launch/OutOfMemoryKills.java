package dev.trireme.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The kernel's count of out-of-memory kills since boot. A change tells that a SIGKILL was for lack of memory.
 */
final class OutOfMemoryKills {
    private static final String COUNTER = "oom_kill ";

    private OutOfMemoryKills() {}

    /** The count; always 0 where the system does not tell. */
    static long count() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/vmstat"))) {
            return lines.filter(line -> line.startsWith(COUNTER))
                    .mapToLong(line -> Long.parseLong(line.substring(COUNTER.length())))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
