package dev.trireme.launch;

import dev.trireme.config.NullChecks;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A job: the processes to start on this host, one per rank.
 *
 * @param ranks how many
 * @param threads of each
 * @param mainClass whose {@code main} each runs, from this process's class path
 * @param arguments of that {@code main}, the same for all
 * @param jvmArguments for Java itself, after our own
 * @param variables set in each rank's environment, over our own
 * @param timeout how long a rank may be stopped (SIGSTOP) before the job ends
 */
public record Job(
        int ranks,
        int threads,
        String mainClass,
        List<String> arguments,
        List<String> jvmArguments,
        Map<String, String> variables,
        Duration timeout) {
    /**
     * Copies the lists and checks the counts.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public Job {
        Objects.requireNonNull(timeout, "timeout");
        NullChecks.require(
                "mainClass", mainClass, "arguments", arguments, "jvmArguments", jvmArguments, "variables", variables);
        if (ranks < 1 || ranks > 1024 || threads < 1 || threads > 1024) {
            throw new IllegalArgumentException(
                    "ranks is " + ranks + ", threads " + threads + "; use 1 to 1024 of each");
        }
        arguments = List.copyOf(arguments);
        jvmArguments = List.copyOf(jvmArguments);
        variables = Map.copyOf(variables);
    }

    /**
     * A job with default settings.
     *
     * @param ranks how many
     * @param threads of each
     * @param mainClass whose {@code main} each runs
     * @param arguments of that {@code main}
     * @return the job
     */
    public static Job of(int ranks, int threads, String mainClass, List<String> arguments) {
        return new Job(ranks, threads, mainClass, arguments, List.of(), Map.of(), Rendezvous.DEFAULT_TIMEOUT);
    }

    /**
     * This job with another time-out.
     *
     * @param other how long a rank may be stopped
     * @return the job
     */
    public Job withTimeout(Duration other) {
        Objects.requireNonNull(other, "other");
        return new Job(ranks, threads, mainClass, arguments, jvmArguments, variables, other);
    }

    /**
     * This job with environment variables.
     *
     * @param others set in each rank's environment, over our own
     * @return the job
     */
    public Job withVariables(Map<String, String> others) {
        Objects.requireNonNull(others, "others");
        return new Job(ranks, threads, mainClass, arguments, jvmArguments, others, timeout);
    }
}
