package dev.trireme.machine;

import dev.trireme.config.NullChecks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Fetches wheels with pip, as the user has set it up. */
public final class Pip implements CudaInstallation.Source {
    private static final String CURE =
            "; with pip (Debian: apt-get install python3-pip) try again, or install NVIDIA's CUDA 13.1,"
                    + " cuDNN 9 and NCCL 2 for the whole system";
    private static final Duration PATIENCE = Duration.ofMinutes(10); // pip has time-outs of its own, and tries again
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final int SHOWN = 300;

    private final List<String> command;
    private final Duration patience;

    /** With the Python of this system. */
    public Pip() {
        this(List.of("python3", "-m", "pip"), PATIENCE);
    }

    /** @param patience how long it may go on without a new byte */
    Pip(List<String> command, Duration patience) {
        this.command = command;
        this.patience = patience;
    }

    @Override
    public void fetch(CudaWheel wheel, Path folder, LongConsumer fetched) throws IOException {
        NullChecks.require("wheel", wheel, "folder", folder, "fetched", fetched);
        Path list = Files.writeString(folder.resolve("wheel.txt"), wheel.requirement() + "\n");
        Path output = folder.resolve("pip.txt"); // a file takes any amount; a pipe that nobody empties would stop pip
        Path temporary = Files.createDirectories(folder.resolve("temporary"));
        List<String> arguments = Stream.concat(
                        command.stream(),
                        Stream.of(
                                "download",
                                "-q",
                                "--disable-pip-version-check",
                                "--no-cache-dir",
                                "--no-deps",
                                "--only-binary=:all:",
                                "--require-hashes",
                                "-d",
                                folder.toString(),
                                "-r",
                                list.toString()))
                .toList();
        ProcessBuilder builder =
                new ProcessBuilder(arguments).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("TMPDIR", temporary.toString());
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new IOException(command.get(0) + " cannot be started (" + e.getMessage() + ")" + CURE, e);
        }
        try {
            await(process, folder, wheel, fetched);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new IOException(
                    "pip could not fetch " + wheel.name() + "==" + wheel.version() + ": " + end(output) + CURE);
        }
    }

    private void await(Process process, Path folder, CudaWheel wheel, LongConsumer fetched) throws IOException {
        long most = 0;
        long since = System.nanoTime();
        try {
            while (!process.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                long bytes = size(folder);
                if (bytes > most) {
                    most = bytes;
                    since = System.nanoTime();
                    fetched.accept(Math.min(bytes, wheel.bytes()));
                } else if (System.nanoTime() - since > patience.toNanos()) {
                    throw new IOException("pip has fetched nothing of " + wheel.name() + " for " + patience.toSeconds()
                            + " s" + CURE);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the installation was interrupted; start it again to go on", e);
        }
    }

    private static long size(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException | UncheckedIOException e) {
            return 0; // a file that went away meanwhile
        }
    }

    private static String end(Path output) throws IOException {
        String text = Files.readString(output).strip().replaceAll("\\s+", " ");
        return text.isEmpty() ? "it says nothing" : text.substring(Math.max(0, text.length() - SHOWN));
    }
}
