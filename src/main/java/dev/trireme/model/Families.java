package dev.trireme.model;

import java.util.List;
import java.util.Objects;

/** The model families that files can name. To add one, write a class and list it here. */
public final class Families {
    private static final List<Family> ALL = List.of(new Gpt2(), new Llama(), new Qwen2(), new Mistral(), new Qwen3());

    private Families() {}

    /**
     * The names of all.
     *
     * @return each {@link Family#name}
     */
    public static List<String> names() {
        return ALL.stream().map(Family::name).toList();
    }

    /**
     * A family.
     *
     * @param name of it
     * @return the family
     * @throws IllegalArgumentException for a name that none has
     */
    public static Family named(String name) {
        Objects.requireNonNull(name, "name");
        return ALL.stream()
                .filter(family -> family.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("model " + name + " is unknown; use "
                        + String.join(", ", names().subList(0, ALL.size() - 1)) + " or "
                        + names().get(ALL.size() - 1)));
    }

    /**
     * A model's family.
     *
     * @param model of one of them
     * @return the family that its format names
     * @throws IllegalArgumentException when there is none of that name
     */
    public static Family of(ModelConfig model) {
        Objects.requireNonNull(model, "model");
        return named(model.format().family());
    }
}
