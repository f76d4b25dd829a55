package dev.trireme.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/** What tests do to processes. */
final class Processes {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String TEMPORARY = "tmp";

    private Processes() {}

    /** Its temporary files go below the folder, and so does its class path, which may be too long for an argument. */
    static Process startLauncher(Path folder, String classPath, int ranks, Class<?> mainClass, List<String> arguments)
            throws IOException {
        Path temporary = Files.createDirectories(folder.resolve(TEMPORARY));
        Path options = Files.writeString(
                folder.resolve("launcher.options"), "-Djava.io.tmpdir=\"" + temporary + "\" -cp \"" + classPath + "\"");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + options,
                LauncherProcess.class.getName(),
                Integer.toString(ranks),
                mainClass.getName()));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Names of what launchers have there now. */
    static List<String> temporaryFiles(Path folder) {
        return List.of(Objects.requireNonNull(folder.resolve(TEMPORARY).toFile().list()));
    }

    static void signal(String name, long pid) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    }

    /** The number that a scripted rank wrote, once it is there. */
    static long pid(Path folder, int rank) throws IOException {
        Path file = folder.resolve("pid" + rank);
        await(() -> Files.exists(file) && file.toFile().length() > 0);
        return Long.parseLong(Files.readString(file));
    }

    static void await(BooleanSupplier condition) {
        Deadline.in(PATIENCE).await(condition, () -> "it did not happen");
    }

    /** False for a zombie too: some containers have nobody to bury the orphans. */
    static boolean isRunning(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return !stat.startsWith("Z", stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return false;
        }
    }
}
