package dev.trireme.launch;

import dev.trireme.config.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A started rank, running or ended. */
record RunningRank(int rank, Process process, RankOutput output) {
    private static final Logger LOG = LoggerFactory.getLogger(RunningRank.class);
    private static final Map<Integer, String> SIGNALS = Map.of(
            1, "SIGHUP", 2, "SIGINT", 3, "SIGQUIT", 4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 9, "SIGKILL",
            11, "SIGSEGV", 15, "SIGTERM");

    /** Offset of exit codes that stand for signals. */
    private static final int SIGNAL_BASE = 128;

    private static final int KILLED = SIGNAL_BASE + 9;
    private static final List<Integer> JVM_OUT_OF_MEMORY = List.of(1, 3); // when it starts, and later
    private static final List<String> JVM_LAST_WORDS = List.of(
            "Terminating due to java.lang.OutOfMemoryError",
            "There is insufficient memory for the Java Runtime Environment",
            "Could not reserve enough space");
    private static final Duration PATIENCE = Duration.ofMillis(300);

    /**
     * Starts a rank. Rank 0 writes to {@code output}, or to a pipe that the caller must read; other ranks' standard
     * output joins their standard error.
     */
    static RunningRank start(ProcessBuilder builder, int rank, ProcessBuilder.Redirect output, OutputStream errors)
            throws IOException {
        builder.redirectErrorStream(rank > 0);
        if (rank == 0) {
            builder.redirectOutput(output);
        }
        Process process = builder.start();
        return new RunningRank(
                rank,
                process,
                RankOutput.of(rank, rank == 0 ? process.getErrorStream() : process.getInputStream(), errors));
    }

    /** Asks it by a byte on its standard input; one that has ended is past asking. */
    void ask(int request) {
        try {
            process.getOutputStream().write(request);
            process.getOutputStream().flush();
        } catch (IOException e) {
            LOG.debug("rank {} is past asking", rank, e);
        }
    }

    /** Whether it ended because it was asked to, by whomever. */
    boolean endedAsAsked() {
        return exitValue() == ExitCode.TERMINATED.code() || exitValue() == ExitCode.INTERRUPTED.code();
    }

    /**
     * Sends SIGTERM by the process handle: {@code Process.destroy} would close the pipes too, which loses the last
     * output and makes the rank halt.
     */
    void terminate() {
        process.toHandle().destroy();
    }

    void kill() {
        process.toHandle().destroyForcibly();
    }

    int exitValue() {
        return process.exitValue();
    }

    /** Whether another rank may have caused this end. */
    boolean mayBeConsequence() {
        return exitValue() == ExitCode.PEER_LOST.code() || exitValue() == ExitCode.COLLECTIVE_TIMEOUT.code();
    }

    /** Whether the process is stopped (SIGSTOP). */
    boolean isStopped() {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
            return stat.startsWith("T", stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return false; // gone, or not Linux
        }
    }

    /** The exit code of the job when this rank caused its end. */
    ExitCode exitCode(boolean killedForMemory) {
        int value = exitValue();
        boolean jvmIsFull = JVM_OUT_OF_MEMORY.contains(value)
                && tail().stream().anyMatch(line -> JVM_LAST_WORDS.stream().anyMatch(line::contains));
        if (jvmIsFull || (value == KILLED && killedForMemory)) {
            return ExitCode.OUT_OF_MEMORY;
        }
        return value > SIGNAL_BASE ? ExitCode.PEER_LOST : ExitCode.of(value).orElse(ExitCode.FAILED);
    }

    /** One line: the rank, how it ended, and its last output. */
    String describeEnd(boolean killedForMemory) {
        int value = exitValue();
        String how = value > SIGNAL_BASE
                ? "was killed by " + SIGNALS.getOrDefault(value - SIGNAL_BASE, "signal " + (value - SIGNAL_BASE))
                : "ended with exit code " + value + " (" + exitCode(false).meaning() + ")";
        String why = value == KILLED && killedForMemory ? ", likely out of memory" : "";
        String words = lastWords();
        return "rank " + rank + " " + how + why + (words.isEmpty() ? "" : "; its last words: " + words);
    }

    private List<String> tail() {
        output.drain(PATIENCE);
        return output.tail();
    }

    /** The path of a JVM's crash report, else the last line that is not deep in a stack trace. */
    private String lastWords() {
        String words = "";
        for (String line : tail()) {
            if (line.contains("hs_err_pid")) {
                return "crash report " + line.replace("#", "").strip();
            }
            boolean detail =
                    Character.isWhitespace(line.charAt(0)) || line.startsWith("#") || line.startsWith("Caused by: ");
            words = detail ? words : line;
        }
        return words;
    }
}
