package dev.trireme.parallel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** What tests do to processes. */
final class Processes {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private Processes() {}

    static Process startLauncher(int ranks, Class<?> mainClass, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LauncherProcess.class.getName(),
                Integer.toString(ranks),
                mainClass.getName()));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
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
