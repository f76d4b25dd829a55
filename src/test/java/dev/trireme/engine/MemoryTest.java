package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryTest {
    @TempDir
    private Path root;

    @Test
    void isWhatTheMachineHasLeft() throws IOException {
        write("proc/meminfo", "MemTotal:  24000000 kB\nMemFree:  900 kB\nMemAvailable:   1000 kB\n");
        assertThat(Memory.available(root)).hasValue(1_024_000);
        write("proc/self/cgroup", "0::/\n");
        assertThat(Memory.available(root)).hasValue(1_024_000);
    }

    @Test
    void isBoundByTheControlGroupsOfBothVersionsAndThoseAroundThem() throws IOException {
        write("proc/meminfo", "MemAvailable:   1000000 kB\n");
        write("proc/self/cgroup", "9:cpu:/\n4:memory:/outer/inner\n0::/unified\n");
        write("sys/fs/cgroup/memory/outer/inner/memory.limit_in_bytes", "9223372036854771712\n");
        write("sys/fs/cgroup/memory/outer/inner/memory.usage_in_bytes", "5000000\n");
        assertThat(Memory.available(root)).hasValue(1_024_000_000);
        write("sys/fs/cgroup/memory/outer/memory.limit_in_bytes", "9000000\n");
        write("sys/fs/cgroup/memory/outer/memory.usage_in_bytes", "5000000\n");
        assertThat(Memory.available(root)).hasValue(4_000_000);
        write(
                "sys/fs/cgroup/memory/outer/memory.stat",
                "cache 7\ntotal_inactive_file 1000000\ntotal_active_file 500000\n");
        assertThat(Memory.available(root)).hasValue(5_500_000);
        write("sys/fs/cgroup/unified/memory.max", "3000000\n");
        write("sys/fs/cgroup/unified/memory.current", "1000000\n");
        assertThat(Memory.available(root)).hasValue(2_000_000);
        write("sys/fs/cgroup/unified/memory.current", "4000000\n");
        assertThat(Memory.available(root)).hasValue(0);
        write("sys/fs/cgroup/unified/memory.max", "max\n");
        assertThat(Memory.available(root)).hasValue(5_500_000);
    }

    @Test
    void isBoundByTheAddressSpaceThatIsAllowed() throws IOException {
        write("proc/meminfo", "MemAvailable:   1000000 kB\n");
        String limits =
                "Limit                     Soft Limit           Hard Limit           Units\nMax address space         %s            unlimited            bytes\n";
        write("proc/self/limits", limits.formatted("unlimited"));
        write("proc/self/status", "Name:\tjava\nVmSize:\t 100000 kB\n");
        assertThat(Memory.available(root)).hasValue(1_024_000_000);
        write("proc/self/limits", limits.formatted("204800000"));
        assertThat(Memory.available(root)).hasValue(102_400_000);
        write("proc/self/limits", limits.formatted("1000"));
        assertThat(Memory.available(root)).hasValue(0);
    }

    @Test
    void isNotKnownWhereTheSystemDoesNotTell() {
        assertThat(Memory.available(root)).isEmpty();
        assertThat(Memory.available(Device.CPU)).isPresent();
    }

    private void write(String file, String text) throws IOException {
        Files.createDirectories(root.resolve(file).getParent());
        Files.writeString(root.resolve(file), text);
    }
}
