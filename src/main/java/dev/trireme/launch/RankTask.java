package dev.trireme.launch;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * The work of every rank of a {@link TaskJob}. The class needs a constructor without parameters; neither has to be
 * public.
 *
 * @param <S> its settings, the same on every rank: a record that can be written as JSON
 * @param <A> the answer of rank 0: a record that can be written as JSON
 */
@FunctionalInterface
public interface RankTask<S extends Record, A extends Record> {
    /**
     * Does this rank's part. What it throws becomes the exit code of the rank.
     *
     * @param settings of the task
     * @param environment which rank this is, for {@link Rendezvous#setup}
     * @param lines passes lines on to the job's listener, on rank 0; standard output does not reach it
     * @return the answer; rank 0 must return one, those of other ranks are dropped
     */
    Optional<A> run(S settings, RankEnvironment environment, Consumer<String> lines);
}
