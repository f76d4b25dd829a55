package dev.trireme.launch;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command line of a rank's JVM. */
final class RankCommand {
    /** System properties of this process that ranks inherit. */
    private static final List<String> INHERITED = List.of(
            "trireme.",
            "org.bytedeco.javacpp.",
            "org.slf4j.simpleLogger.",
            "loader.path",
            "loader.home",
            "loader.config.");

    /** The first release that warns about native libraries without the flag; 17 does not know ALL-UNNAMED. */
    private static final int NATIVE_ACCESS_SINCE = 22;

    private static final String OPTIONS_FILE = "java.options";

    private RankCommand() {}

    /**
     * The command of one rank.
     *
     * @param folder where Java's options are written, the same for all ranks: the system takes no argument above 128 KiB, and
     *     a class path may be longer
     */
    static ProcessBuilder of(Job job, RankEnvironment environment, Path folder) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + optionsFile(job, folder.resolve(OPTIONS_FILE)));
        command.add(job.mainClass());
        command.addAll(job.arguments());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(memoryAndThreads(job.threads()));
        builder.environment().putAll(environment.variables());
        builder.environment().putAll(job.variables());
        return builder;
    }

    private static Path optionsFile(Job job, Path file) throws IOException {
        if (!Files.exists(file)) {
            List<String> options = new ArrayList<>(flags());
            options.addAll(job.jvmArguments());
            options.addAll(JavaClasses.options(RankProcess.class));
            // Java reads the file as it would read its command line.
            Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
            Files.write(file, options.stream().map(RankCommand::quoted).toList(), charset);
        }
        return file;
    }

    private static String quoted(String option) {
        return '"'
                + option.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n")
                        .replace("\r", "\\r")
                + '"';
    }

    private static List<String> flags() {
        List<String> flags = new ArrayList<>(List.of(
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+DisplayVMOutputToStderr", // so that the launcher sees why a JVM ended itself
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0", // JavaCPP's cap of 4 × Xmx knows nothing of tensors
                "-Dorg.bytedeco.javacpp.maxbytes=0"));
        if (Runtime.version().feature() >= NATIVE_ACCESS_SINCE) {
            flags.add("--enable-native-access=ALL-UNNAMED");
        }
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> INHERITED.stream().anyMatch(name::startsWith))
                .sorted()
                .forEach(name -> flags.add("-D" + name + "=" + System.getProperty(name)));
        return flags;
    }

    private static Map<String, String> memoryAndThreads(int threads) {
        return Map.of(
                // glibc keeps what is freed: fresh pages cost more than the arithmetic done on them
                "MALLOC_MMAP_THRESHOLD_", "4294967296",
                "MALLOC_TRIM_THRESHOLD_", "8589934592",
                "THP_MEM_ALLOC_ENABLE", "1", // libtorch asks for huge pages: a product is 2 to 3 % faster
                "OMP_NUM_THREADS", Integer.toString(threads),
                "OMP_WAIT_POLICY", "PASSIVE", // libtorch's loops: threads that spin take others' cores
                "OPENBLAS_NUM_THREADS", "1"); // our operators split a product themselves
    }
}
