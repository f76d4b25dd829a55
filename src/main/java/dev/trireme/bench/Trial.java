package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A measurement that was asked for, done or not.
 *
 * @param setting what to measure
 * @param name the setting for people
 * @param predictedMs what the planner says of its step, in milliseconds; empty where it says nothing
 * @param result what was measured; empty before, and when it failed
 * @param failure why there is no result; empty where there is one, or it has not been tried
 * @param <S> the setting
 * @param <R> the result
 */
public record Trial<S, R>(
        S setting, String name, OptionalDouble predictedMs, Optional<R> result, Optional<String> failure) {
    /** Checks that no component is null. */
    public Trial {
        NullChecks.require("setting", setting, "name", name, "predictedMs", predictedMs);
        NullChecks.require("result", result, "failure", failure);
    }

    /**
     * A measurement that has not been tried.
     *
     * @param setting what to measure
     * @param name the setting for people
     * @return the trial
     * @param <S> the setting
     * @param <R> the result
     */
    public static <S, R> Trial<S, R> of(S setting, String name) {
        NullChecks.require("setting", setting, "name", name);
        return new Trial<>(setting, name, OptionalDouble.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * The same, done.
     *
     * @param predicted milliseconds of its step, said before
     * @param measured the result
     * @return the trial
     */
    public Trial<S, R> done(OptionalDouble predicted, R measured) {
        NullChecks.require("predicted", predicted, "measured", measured);
        return new Trial<>(setting, name, predicted, Optional.of(measured), Optional.empty());
    }

    /**
     * The same, failed.
     *
     * @param why one line
     * @return the trial
     */
    public Trial<S, R> failed(String why) {
        NullChecks.require("why", why);
        return new Trial<>(setting, name, predictedMs, Optional.empty(), Optional.of(why));
    }
}
