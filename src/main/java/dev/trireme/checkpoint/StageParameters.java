package dev.trireme.checkpoint;

import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The parameters of all stages of a model as one store, for loading and saving. A tied embedding on two stages appears
 * once.
 */
public final class StageParameters implements ParameterStore {
    private final List<ParameterInfo> parameters = new ArrayList<>();
    /** A tied embedding is on the first stage and on the last. */
    private final List<List<Location>> locations = new ArrayList<>();

    record Location(Stage stage, int index) {}

    /**
     * The parameters of one stage.
     *
     * @param stage that has them
     */
    public StageParameters(Stage stage) {
        this(List.of(Objects.requireNonNull(stage, "stage")));
    }

    /**
     * The parameters of several stages.
     *
     * @param stages of one model
     */
    public StageParameters(List<Stage> stages) {
        Objects.requireNonNull(stages, "stages");
        locations(stages).forEach((parameter, where) -> {
            parameters.add(parameter);
            locations.add(where);
        });
    }

    /**
     * The parameters that a model has without low-rank updates.
     *
     * @param stages of one model
     * @return a store of them
     */
    public static ParameterStore ofModel(List<Stage> stages) {
        return ChosenParameters.of(new StageParameters(stages), parameter -> !parameter.isLowRank());
    }

    /**
     * The parameters of a model's low-rank updates.
     *
     * @param stages of one model
     * @return a store of them
     */
    public static ParameterStore ofUpdates(List<Stage> stages) {
        return ChosenParameters.of(new StageParameters(stages), ParameterInfo::isLowRank);
    }

    /** Where each parameter is: on one stage, or a tied embedding on two. */
    static Map<ParameterInfo, List<Location>> locations(List<Stage> stages) {
        Map<ParameterInfo, List<Location>> all = new LinkedHashMap<>();
        for (Stage stage : stages) {
            for (int index = 0; index < stage.parameters().size(); index++) {
                all.computeIfAbsent(stage.parameters().get(index), parameter -> new ArrayList<>())
                        .add(new Location(stage, index));
            }
        }
        return all;
    }

    @Override
    public List<ParameterInfo> parameters() {
        return List.copyOf(parameters);
    }

    @Override
    public void write(int index, long first, ByteBuffer values) {
        Objects.requireNonNull(values, "values");
        locations.get(index).forEach(location -> location.stage().write(location.index(), first, values));
    }

    @Override
    public void read(int index, ByteBuffer values) {
        Objects.requireNonNull(values, "values");
        Location location = locations.get(index).get(0);
        location.stage().read(location.index(), values);
    }
}
