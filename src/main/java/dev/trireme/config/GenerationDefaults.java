package dev.trireme.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Defaults of generation that a model brings along: Hugging Face's {@code generation_config.json}. They hold where the
 * caller sets nothing.
 *
 * @param ends ids that end a text; empty where the file names none, and those of {@code config.json} count
 * @param sample whether tokens are sampled; otherwise decoding is greedy and the next four numbers have no effect
 * @param temperature divisor of the logits, from 0
 * @param topK how many of the most probable tokens are sampled from; 0 for all
 * @param topP cumulative probability of the most probable tokens that are sampled from; 1 for all
 * @param minP least probability of a token that is sampled, as a share of the largest; 0 for all
 * @param repetitionPenalty divisor of the logits of tokens that occur already; negative logits are multiplied by it; 1
 *     for none
 * @param maxNewTokens how many tokens at most; 0 where the file does not say
 */
public record GenerationDefaults(
        List<Integer> ends,
        boolean sample,
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        int maxNewTokens) {
    /** The defaults of a model without such a file: greedy decoding. */
    public static final GenerationDefaults NONE = new GenerationDefaults(List.of(), false, 1, 0, 1, 0, 1, 0);

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public GenerationDefaults {
        Objects.requireNonNull(ends, "ends");
        ends = List.copyOf(ends);
        require(temperature >= 0 && Double.isFinite(temperature), "temperature", temperature, "a number from 0");
        require(topK >= 0, "top_k", topK, "a number from 0");
        require(topP > 0 && topP <= 1, "top_p", topP, "more than 0 and at most 1");
        require(minP >= 0 && minP <= 1, "min_p", minP, "0 to 1");
        boolean penalty = repetitionPenalty > 0 && Double.isFinite(repetitionPenalty);
        require(penalty, "repetition_penalty", repetitionPenalty, "more than 0");
        require(maxNewTokens >= 0, "max_new_tokens", maxNewTokens, "a number from 0");
        require(ends.stream().allMatch(end -> end >= 0), "eos_token_id", ends, "ids from 0");
    }

    /**
     * Reads an untrusted file. A missing key counts as transformers counts it, so {@code top_k} as 50; keys of methods
     * that Trireme has not, such as penalties for n-grams, are ignored.
     *
     * @param file a {@code generation_config.json} of at most 1 MB
     * @return what it says
     * @throws BadInputException when it is not strict JSON or has a value out of bounds
     */
    public static GenerationDefaults read(Path file) {
        Objects.requireNonNull(file, "file");
        JsonFile json = JsonFile.read(file);
        try {
            return new GenerationDefaults(
                    json.integers("eos_token_id"),
                    json.flag("do_sample", false),
                    json.number("temperature", 1),
                    json.integer("top_k", 50),
                    json.number("top_p", 1),
                    json.number("min_p", 0),
                    json.number("repetition_penalty", 1),
                    json.integer("max_new_tokens", 0));
        } catch (BadInputException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new BadInputException(file + ": " + e.getMessage(), e);
        }
    }

    private static void require(boolean holds, String name, Object value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + allowed);
        }
    }
}
