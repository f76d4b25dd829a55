package dev.trireme.launch;

import dev.trireme.engine.EngineException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A rank that does what its test says: arguments are a folder, then one script for each rank, of words split by blanks.
 */
public final class ScriptedRank {
    private ScriptedRank() {}

    public static void main(String[] arguments) throws Exception {
        RankEnvironment environment = RankEnvironment.of(System.getenv());
        Path folder = Path.of(arguments[0]);
        String[] words = arguments[1 + environment.rank()].split(" ", -1);
        for (int i = 0; i < words.length; i++) {
            switch (words[i]) {
                case "pid" ->
                    Files.writeString(
                            folder.resolve("pid" + environment.rank()),
                            Long.toString(ProcessHandle.current().pid()));
                case "describe" ->
                    Files.writeString(folder.resolve("rank" + environment.rank()), describe(environment));
                case "say" ->
                    System.err.print(
                            words[++i].replace('_', ' ').replace("\\r", "\r").replace("\\n", "\n"));
                case "print" ->
                    new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8)
                            .println(words[++i].replace('_', ' '));
                case "pause" -> Thread.sleep(Long.parseLong(words[++i]));
                case "hang" -> Thread.sleep(Long.MAX_VALUE);
                case "ignore-term" -> Runtime.getRuntime().addShutdownHook(new Thread(ScriptedRank::sleepForever));
                case "exit" -> System.exit(Integer.parseInt(words[++i]));
                case "not-finite" ->
                    throw new EngineException(EngineException.Kind.NOT_FINITE, "loss of step 7 is NaN");
                case "fill-heap" -> fillHeap();
                default -> throw new IllegalArgumentException("script word " + words[i]);
            }
        }
    }

    private static String describe(RankEnvironment environment) {
        return environment + "\n" + System.getProperty("org.bytedeco.javacpp.maxphysicalbytes") + "\n"
                + System.getenv("OMP_NUM_THREADS") + " " + System.getenv("MALLOC_MMAP_THRESHOLD_");
    }

    private static void sleepForever() {
        try {
            Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void fillHeap() {
        List<byte[]> blocks = new ArrayList<>();
        while (blocks.size() < Integer.MAX_VALUE) {
            blocks.add(new byte[1 << 20]);
        }
    }
}
