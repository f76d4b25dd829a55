package dev.trireme.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The process that made a temporary folder, as encoded in the folder's name.
 *
 * @param pid its number
 * @param started when it started, in the kernel's ticks since boot, because process ids are reused
 * @param namespace of the process id, because containers may share a temporary folder
 */
record FolderOwner(long pid, long started, long namespace) {
    static final String COMMON_PREFIX = "trireme-";

    private static final Pattern NAME = Pattern.compile(COMMON_PREFIX + "(\\d{1,18})-(\\d{1,18})-(\\d{1,18})-.*");
    private static final Pattern NAMESPACE = Pattern.compile("pid:\\[(\\d{1,18})\\]");
    private static final Path PROCESSES = Path.of("/proc");
    private static final int STARTED_FIELD = 19; // of those after the name, from 0; see proc(5)
    private static final long GONE = -1;

    static FolderOwner current() {
        long pid = ProcessHandle.current().pid();
        return new FolderOwner(pid, Math.max(0, started(pid)), namespaceOfThis());
    }

    static Optional<FolderOwner> of(String folder) {
        Matcher name = NAME.matcher(folder);
        return name.matches()
                ? Optional.of(new FolderOwner(number(name.group(1)), number(name.group(2)), number(name.group(3))))
                : Optional.empty();
    }

    String prefix() {
        return COMMON_PREFIX + pid + "-" + started + "-" + namespace + "-";
    }

    /**
     * Whether the process has ended for certain. A process of another namespace cannot be looked up and counts as
     * alive.
     */
    boolean isGone() {
        return namespace == namespaceOfThis()
                && Files.isDirectory(PROCESSES.resolve("self"))
                && started(pid) != started;
    }

    private static long started(long pid) {
        try {
            String stat = Files.readString(PROCESSES.resolve(Long.toString(pid)).resolve("stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return number(fields[STARTED_FIELD]);
        } catch (IOException e) {
            return GONE;
        }
    }

    private static long namespaceOfThis() {
        try {
            Path link = Files.readSymbolicLink(PROCESSES.resolve("self/ns/pid"));
            Matcher namespace = NAMESPACE.matcher(link.toString());
            return namespace.matches() ? number(namespace.group(1)) : 0;
        } catch (IOException e) {
            return 0; // not Linux
        }
    }

    private static long number(String digits) {
        return Long.parseLong(digits);
    }
}
