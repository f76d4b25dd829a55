package dev.trireme.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** A driver of GPUs that are not there: {@code native/test/driver/fake_driver.c}, compiled for what it is to claim. */
record FakeDriver(int gpus, int cuda, int capability) {
    private static final Path SOURCE =
            Path.of("native/test/driver/fake_driver.c").toAbsolutePath();

    /**
     * Compiles it.
     *
     * @param folder where the library is put; a process finds it there by {@code LD_LIBRARY_PATH}
     * @param importer a library with the functions that the driver has to have
     */
    void build(Path folder, Path importer) throws IOException, InterruptedException {
        String own = Files.readString(SOURCE);
        String others = run(folder, List.of("nm", "-D", "--undefined-only", importer.toString()))
                .lines()
                .map(line -> line.replaceFirst(".* U ", ""))
                .filter(name -> name.matches("cu[A-Z]\\w*") && !own.contains("int " + name + "("))
                .map(name -> "OTHER(" + name + ")\n")
                .collect(Collectors.joining());
        Files.writeString(folder.resolve("others.inc"), others);
        Path driver = folder.resolve("libcuda.so.1");
        run(
                folder,
                List.of(
                        "gcc",
                        "-shared",
                        "-fPIC",
                        "-I" + folder,
                        "-DGPUS=" + gpus,
                        "-DCUDA=" + cuda,
                        "-DCAPABILITY=" + capability,
                        SOURCE.toString(),
                        "-o",
                        driver.toString()));
        Files.createLink(folder.resolve("libnvidia-ml.so.1"), driver);
    }

    private static String run(Path folder, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command + ": " + output);
        }
        return output;
    }
}
