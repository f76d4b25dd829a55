package dev.trireme.launch;

import java.util.Arrays;
import java.util.List;

/** A launcher that a test can kill and listen to: number of ranks, their main class, its arguments. */
public final class LauncherProcess {
    private LauncherProcess() {}

    public static void main(String[] arguments) {
        List<String> all = Arrays.asList(arguments);
        Job job = Job.of(Integer.parseInt(all.get(0)), 1, all.get(1), all.subList(2, all.size()));
        System.exit(Launcher.run(job, System.err).exitCode().code());
    }
}
