package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import java.util.Optional;

/**
 * Rotary embeddings as a {@code config.json} has them.
 *
 * <pre>
 *   transformers 4   "rope_theta": 1e4, "rope_scaling": null or {"rope_type" (before: "type"): …, "factor": …, …}
 *   transformers 5   "rope_parameters": {"rope_theta": 1e4, "rope_type": …, "factor": …, …}
 * </pre>
 */
final class RotaryKeys {
    private static final double USUAL_THETA = 10_000;

    private RotaryKeys() {}

    static RotaryConfig read(JsonFile json, int positions) {
        json.refuseUnless("partial_rotary_factor", 1);
        double theta = json.number("rope_theta", USUAL_THETA);
        Optional<RotaryConfig> four = json.object("rope_scaling").map(rope -> rotary(json, rope, theta, positions));
        Optional<RotaryConfig> five = json.object("rope_parameters").map(rope -> rotary(json, rope, theta, positions));
        if (four.isPresent() && five.isPresent() && !four.equals(five)) {
            throw json.refused("rope_scaling", "the same as rope_parameters");
        }
        if (five.isPresent() && json.has("rope_theta") && five.get().theta() != theta) {
            throw json.refused("rope_theta", "the same as rope_parameters.rope_theta");
        }
        return five.or(() -> four).orElse(RotaryConfig.plain(theta));
    }

    private static RotaryConfig rotary(JsonFile json, JsonFile rope, double outerTheta, int positions) {
        rope.refuseUnless("partial_rotary_factor", 1);
        double theta = rope.number("rope_theta", outerTheta);
        String type = rope.text(rope.has("rope_type") ? "rope_type" : "type", "default", "default", "linear", "llama3");
        rope.text("type", type, type);
        return switch (type) {
            case "linear" -> RotaryConfig.linear(theta, rope.number("factor"));
            case "llama3" ->
                new RotaryConfig(
                        theta,
                        RotaryConfig.Scaling.LLAMA3,
                        rope.number("factor"),
                        rope.number("low_freq_factor"),
                        rope.number("high_freq_factor"),
                        originalPositions(json, rope, positions));
            default -> {
                rope.refuseUnless("factor", 1);
                yield RotaryConfig.plain(theta);
            }
        };
    }

    private static int originalPositions(JsonFile json, JsonFile rope, int positions) {
        String key = "original_max_position_embeddings";
        int outer = json.integer(key, rope.integer(key, positions));
        if (rope.integer(key, outer) != outer) {
            throw json.refused(key, "the same as with the rotary embeddings");
        }
        return outer;
    }

    static void write(RotaryConfig rotary, ObjectNode json) {
        json.put("rope_theta", rotary.theta());
        writeScaling(rotary, json.putObject("rope_parameters").put("rope_theta", rotary.theta()));
        if (rotary.scaling() == RotaryConfig.Scaling.NONE) {
            json.putNull("rope_scaling");
        } else {
            writeScaling(rotary, json.putObject("rope_scaling"));
        }
    }

    private static void writeScaling(RotaryConfig rotary, ObjectNode rope) {
        switch (rotary.scaling()) {
            case NONE -> rope.put("rope_type", "default");
            case LINEAR -> rope.put("rope_type", "linear").put("factor", rotary.factor());
            case LLAMA3 ->
                rope.put("rope_type", "llama3")
                        .put("factor", rotary.factor())
                        .put("low_freq_factor", rotary.lowFrequency())
                        .put("high_freq_factor", rotary.highFrequency())
                        .put("original_max_position_embeddings", rotary.originalPositions());
        }
    }
}
