package dev.trireme.model;

import dev.trireme.config.NullChecks;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A projection of a layer that may have a low-rank update.
 *
 * <pre>
 *   most models   q  k  v  o  gate  up  down
 *   GPT-2         attn: q, k and v, one matrix      proj: o and down, which files call alike      fc: up
 * </pre>
 */
public enum LoraTarget {
    /** Queries. */
    QUERY,
    /** Keys. */
    KEY,
    /** Values. */
    VALUE,
    /** The projection after attention. */
    OUTPUT,
    /** The gate of the MLP, where it has one. */
    GATE,
    /** The way into the MLP. */
    UP,
    /** The way out of the MLP. */
    DOWN;

    private static final String ALL = "all";

    /**
     * Reads a list of targets, by the names that fit a model.
     *
     * @param text such as {@code q,v}, or {@code all}
     * @param model whose projections they are
     * @return what it names
     * @throws IllegalArgumentException when the model has no such target
     */
    public static Set<LoraTarget> parse(String text, ModelConfig model) {
        NullChecks.require("text", text, "model", model);
        Map<String, Set<LoraTarget>> names = names(model);
        EnumSet<LoraTarget> targets = EnumSet.noneOf(LoraTarget.class);
        for (String name : text.split(",", -1)) {
            if (name.equals(ALL)) {
                names.values().forEach(targets::addAll);
            } else if (names.containsKey(name)) {
                targets.addAll(names.get(name));
            } else {
                throw new IllegalArgumentException("loraTargets is " + text + ", of which \"" + name
                        + "\" is no target of this model; use " + String.join(", ", names.keySet()) + " or " + ALL);
            }
        }
        return targets;
    }

    /**
     * The opposite of {@link #parse}.
     *
     * @param targets of a model
     * @param model whose projections they are
     * @return their names, separated by commas
     */
    public static String text(Set<LoraTarget> targets, ModelConfig model) {
        NullChecks.require("targets", targets, "model", model);
        return String.join(
                ",",
                names(model).entrySet().stream()
                        .filter(entry -> targets.containsAll(entry.getValue()))
                        .map(Map.Entry::getKey)
                        .toList());
    }

    private static Map<String, Set<LoraTarget>> names(ModelConfig model) {
        TensorNames.Attention attention = model.format().names().attention();
        boolean gated = model.architecture().mlp().kind() == MlpConfig.Kind.SWIGLU;
        Map<String, Set<LoraTarget>> names = new LinkedHashMap<>();
        if (attention.query().equals(attention.key())) {
            names.put("attn", EnumSet.of(QUERY, KEY, VALUE));
            names.put("proj", EnumSet.of(OUTPUT, DOWN));
            names.put("fc", EnumSet.of(UP));
            return names;
        }
        names.put("q", EnumSet.of(QUERY));
        names.put("k", EnumSet.of(KEY));
        names.put("v", EnumSet.of(VALUE));
        names.put("o", EnumSet.of(OUTPUT));
        if (gated) {
            names.put("gate", EnumSet.of(GATE));
        }
        names.put("up", EnumSet.of(UP));
        names.put("down", EnumSet.of(DOWN));
        return names;
    }
}
