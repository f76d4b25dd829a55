package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.bindings.global.core;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * The memory that is left: the least of the machine's, of the control groups' (a container's limits), and of the
 * address space that {@code ulimit -v} allows. The kernel's file cache counts as free. Devices with memory of their own
 * are asked for it.
 */
public final class Memory {
    private static final Path ROOT = Path.of("/");

    private Memory() {}

    /**
     * The memory that this process can still allocate on a device.
     *
     * @param device to ask for
     * @return bytes, of the device's own memory where it has one; empty where the system does not tell
     * @throws IllegalArgumentException when the device is not there
     */
    public static OptionalLong available(Device device) {
        Objects.requireNonNull(device, "device");
        if (!device.hasOwnMemory()) {
            return available(ROOT);
        }
        long free = core.device_free_bytes(device.require().toString());
        return free < 0 ? OptionalLong.empty() : OptionalLong.of(free);
    }

    /**
     * Refuses an allocation that does not fit, before anything is allocated.
     *
     * @param what needs the memory, in the plural
     * @param needed bytes
     * @param free result of {@link #available}
     * @param cure for the message
     * @throws IllegalArgumentException with both figures, in units of 10<sup>6</sup> bytes, when more is needed than is free
     */
    public static void require(String what, long needed, OptionalLong free, String cure) {
        NullChecks.require("what", what, "free", free, "cure", cure);
        if (free.isPresent() && needed > free.getAsLong()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s need %.1f MB of memory but %.1f MB are free; %s",
                    what,
                    needed / 1e6,
                    free.getAsLong() / 1e6,
                    cure));
        }
    }

    static OptionalLong available(Path root) {
        long least = number(lines(root.resolve("proc/meminfo")), "MemAvailable:", Long.MAX_VALUE / 1024) * 1024;
        least = Math.min(least, addressSpaceLeft(root.resolve("proc/self")));
        for (String group : lines(root.resolve("proc/self/cgroup"))) {
            String[] parts = group.split(":", 3); // number:controllers:/path
            if (parts.length == 3) {
                least = Math.min(least, leftOf(root.resolve("sys/fs/cgroup"), parts[1], parts[2]));
            }
        }
        return least >= Long.MAX_VALUE / 1024 * 1024 ? OptionalLong.empty() : OptionalLong.of(least);
    }

    private static long addressSpaceLeft(Path process) {
        String name = "Max address space";
        long limit = lines(process.resolve("limits")).stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> number(List.of(line.substring(name.length()).strip()), "", Long.MAX_VALUE))
                .findFirst()
                .orElse(Long.MAX_VALUE);
        long used = number(lines(process.resolve("status")), "VmSize:", 0) * 1024;
        return limit == Long.MAX_VALUE ? limit : Math.max(0, limit - used);
    }

    private static long leftOf(Path mount, String controllers, String group) {
        if (controllers.isEmpty()) {
            return least(mount, group, "memory.max", "memory.current", "");
        }
        return List.of(controllers.split(",", -1)).contains("memory")
                ? least(mount.resolve("memory"), group, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_")
                : Long.MAX_VALUE;
    }

    /** A group is bound by the limits of those around it too. In a container the innermost may be the mount itself. */
    private static long least(Path mount, String group, String limit, String usage, String prefix) {
        long least = Long.MAX_VALUE;
        Path innermost = mount.resolve(group.substring(1)).normalize();
        for (Path folder = innermost; folder != null && folder.startsWith(mount); folder = folder.getParent()) {
            List<String> statistics = lines(folder.resolve("memory.stat"));
            long files =
                    number(statistics, prefix + "inactive_file", 0) + number(statistics, prefix + "active_file", 0);
            long most = number(lines(folder.resolve(limit)), "", Long.MAX_VALUE);
            long used = number(lines(folder.resolve(usage)), "", 0);
            least = Math.min(least, Math.max(0, most - Math.max(0, used - files)));
        }
        return least;
    }

    /** The number after a name at the start of a line. */
    private static long number(List<String> lines, String name, long otherwise) {
        for (String line : lines) {
            String[] words = (name.isEmpty() ? " " + line : line).split("\\s+", 3);
            if (words.length > 1 && words[0].equals(name) && words[1].matches("\\d{1,18}")) {
                return Long.parseLong(words[1]);
            }
        }
        return otherwise;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            return List.of(); // a group that ends just now, for example
        }
    }
}
