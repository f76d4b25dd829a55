package dev.trireme.launch;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * What every rank of a {@link TaskJob} does. A class with a constructor without parameters; neither needs to be public.
 *
 * @param <S> its settings, the same on every rank: a record that JSON holds
 * @param <A> the answer of rank 0: a record that JSON holds
 */
@FunctionalInterface
public interface RankTask<S extends Record, A extends Record> {
    /**
     * Does this rank's part. What it throws becomes the exit code of the rank.
     *
     * @param settings what to do
     * @param environment which rank this is, for {@link Rendezvous#setup}
     * @param lines passes lines on to the job's listener, on rank 0; standard output does not reach it
     * @return the answer, which rank 0 owes and other ranks' is dropped
     */
    Optional<A> run(S settings, RankEnvironment environment, Consumer<String> lines);
}
