package dev.trireme.parallel;

import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import java.util.ArrayList;
import java.util.List;

/** Finds the parameters whose gradients are infinite or not a number. */
final class NotFinite {
    private NotFinite() {}

    /** The one that backward reached first, which is likely where it began, and how many there are; empty for none. */
    static String parameters(List<Stage> stages) {
        List<String> names = new ArrayList<>();
        for (int stage = stages.size() - 1; stage >= 0; stage--) {
            List<ParameterInfo> parameters = stages.get(stage).parameters(); // in the order of backward
            for (int index = 0; index < parameters.size(); index++) {
                if (stages.get(stage).trains(index)
                        && !isFinite(stages.get(stage).gradient(index))) {
                    names.add(parameters.get(index).name());
                }
            }
        }
        long distinct = names.stream().distinct().count();
        return names.isEmpty() ? "" : names.get(0) + (distinct > 1 ? " and " + (distinct - 1) + " more" : "");
    }

    private static boolean isFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }
}
