package dev.trireme.cli.output;

import dev.trireme.engine.Device;
import dev.trireme.engine.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Which settings of an experiment fit into the memory of this host, found before anything runs.
 *
 * @param fitting those that do, in order
 * @param leftOut a line about those that do not; empty where all fit
 */
public record Room<S>(List<S> fitting, List<String> leftOut) {
    private static final int MOST_NAMES = 6; // more are a number

    /** What is asked for: a name for people and bytes. */
    public record Asked<S>(S setting, String name, long bytes) {
        /** Names and counts settings. */
        public static <S> List<Asked<S>> all(List<S> settings, Function<S, String> name, ToLongFunction<S> bytes) {
            return settings.stream()
                    .map(setting -> new Asked<>(setting, name.apply(setting), bytes.applyAsLong(setting)))
                    .toList();
        }
    }

    /**
     * Looks for room now.
     *
     * @throws IllegalArgumentException when nothing fits, with what the least setting needs and the cure
     */
    public static <S> Room<S> of(List<Asked<S>> all, String cure) {
        return of(all, Memory.available(Device.CPU), cure);
    }

    static <S> Room<S> of(List<Asked<S>> all, OptionalLong free, String cure) {
        List<Asked<S>> large = all.stream()
                .filter(asked -> asked.bytes > free.orElse(Long.MAX_VALUE))
                .toList();
        if (large.isEmpty()) {
            return new Room<>(settings(all), List.of());
        }
        if (large.size() == all.size()) {
            Asked<S> least =
                    all.stream().min((a, b) -> Long.compare(a.bytes, b.bytes)).orElseThrow();
            Memory.require("the tensors of " + least.name, least.bytes, free, cure);
        }
        List<Asked<S>> rest = new ArrayList<>(all);
        rest.removeAll(large);
        return new Room<>(settings(rest), List.of(line(large, all.size(), free, cure)));
    }

    private static <S> String line(List<Asked<S>> large, int all, OptionalLong free, String cure) {
        String names = large.stream()
                .limit(MOST_NAMES)
                .map(asked -> asked.name + " (" + megabytes(asked.bytes) + ")")
                .collect(Collectors.joining("; "));
        String more = large.size() > MOST_NAMES ? "; and " + (large.size() - MOST_NAMES) + " more" : "";
        return large.size() + " of " + all + " settings need more memory than the "
                + megabytes(free.orElse(Long.MAX_VALUE)) + " that are free, and were left out: " + names + more + "; "
                + cure;
    }

    private static <S> List<S> settings(List<Asked<S>> some) {
        return some.stream().map(Asked::setting).toList();
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
