package dev.trireme.checkpoint;

import dev.trireme.checkpoint.StageParameters.Location;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.ParameterState;
import dev.trireme.engine.Stage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What all stages of a model keep from step to step, as stores of tensors whose names do not depend on the cut: read from
 * the stages' last snapshots, written to the stages themselves.
 *
 * <pre>
 *   weights    NAME                          as Hugging Face files have them
 *   moments    NAME.exp_avg, NAME.exp_avg_sq AdamW's running means, by PyTorch's names
 * </pre>
 */
public final class StageStates implements ParameterStore {
    private final List<Entry> entries;

    private record Entry(ParameterInfo tensor, ParameterState state, List<Location> locations) {}

    private StageStates(List<Entry> entries) {
        this.entries = entries;
    }

    /**
     * The weights.
     *
     * @param stages of one model
     * @return a store of every parameter but those of low-rank updates; a tied embedding appears once
     */
    public static ParameterStore weights(List<Stage> stages) {
        return ChosenParameters.of(all(stages), parameter -> !parameter.isLowRank());
    }

    /**
     * The weights of low-rank updates.
     *
     * @param stages of one model
     * @return a store of them
     */
    public static ParameterStore updates(List<Stage> stages) {
        return ChosenParameters.of(all(stages), ParameterInfo::isLowRank);
    }

    private static StageStates all(List<Stage> stages) {
        Objects.requireNonNull(stages, "stages");
        List<Entry> entries = new ArrayList<>();
        StageParameters.locations(stages)
                .forEach((parameter, where) -> entries.add(new Entry(parameter, ParameterState.WEIGHT, where)));
        return new StageStates(entries);
    }

    /**
     * AdamW's running means.
     *
     * @param stages of one model
     * @return a store of two tensors for every parameter that is trained
     */
    public static StageStates moments(List<Stage> stages) {
        Objects.requireNonNull(stages, "stages");
        List<Entry> entries = new ArrayList<>();
        StageParameters.locations(stages).forEach((parameter, where) -> {
            if (!where.get(0).stage().trains(where.get(0).index())) {
                return;
            }
            entries.add(new Entry(named(parameter, ".exp_avg"), ParameterState.MEAN, where));
            entries.add(new Entry(named(parameter, ".exp_avg_sq"), ParameterState.VARIANCE, where));
        });
        return new StageStates(entries);
    }

    private static ParameterInfo named(ParameterInfo parameter, String end) {
        return new ParameterInfo(parameter.name() + end, parameter.shape());
    }

    @Override
    public List<ParameterInfo> parameters() {
        return entries.stream().map(Entry::tensor).toList();
    }

    @Override
    public void write(int index, long first, ByteBuffer values) {
        NullChecks.require("values", values);
        Entry entry = entries.get(index);
        entry.locations()
                .forEach(location -> location.stage().state().write(location.index(), entry.state(), first, values));
    }

    @Override
    public void read(int index, ByteBuffer values) {
        NullChecks.require("values", values);
        Entry entry = entries.get(index);
        Location location = entry.locations().get(0);
        location.stage().state().read(location.index(), entry.state(), values);
    }
}
