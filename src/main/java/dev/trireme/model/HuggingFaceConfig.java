package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.JsonFile;
import dev.trireme.config.NullChecks;
import dev.trireme.config.SpecialTokens;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A Hugging Face {@code config.json} of transformers 4 or 5: the model and its special tokens. Both versions open what
 * is written.
 *
 * @param model the model
 * @param specialTokens its special tokens, all below the vocabulary's size
 */
public record HuggingFaceConfig(ModelConfig model, SpecialTokens specialTokens) {
    private static final Pattern WORD = Pattern.compile("[A-Za-z]+");

    /**
     * Checks that the special tokens are tokens of the model.
     *
     * @throws IllegalArgumentException when an id is not below the vocabulary's size
     */
    public HuggingFaceConfig {
        NullChecks.require("model", model, "specialTokens", specialTokens);
        int largest = Math.max(specialTokens.beginning(), specialTokens.padding());
        if (!specialTokens.ends().isEmpty()) {
            largest = Math.max(largest, Collections.max(specialTokens.ends()));
        }
        if (largest >= model.vocabulary()) {
            throw new IllegalArgumentException("special token " + largest + " is outside the vocabulary of "
                    + model.vocabulary() + "; use a smaller id or none");
        }
    }

    /**
     * Reads an untrusted file. Unknown keys are ignored, and code is never run.
     *
     * @param file a {@code config.json} of at most 1 MB
     * @return what it says
     * @throws BadInputException when it is not strict JSON, lacks a key, has a value out of bounds, or asks for
     *     something that Trireme does not compute
     */
    public static HuggingFaceConfig read(Path file) {
        Objects.requireNonNull(file, "file");
        JsonFile json = JsonFile.read(file);
        Family family =
                Families.named(json.text("model_type", "", Families.names().toArray(String[]::new)));
        json.refusePresent("quantization_config");
        try {
            return new HuggingFaceConfig(family.read(json), specialTokens(json));
        } catch (BadInputException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            Map<String, String> keys = family.keys(); // the file's author knows no component of ours
            String message =
                    WORD.matcher(e.getMessage()).replaceAll(word -> keys.getOrDefault(word.group(), word.group()));
            throw new BadInputException(file + ": " + message, e);
        }
    }

    private static SpecialTokens specialTokens(JsonFile json) {
        return new SpecialTokens(
                json.integer("bos_token_id", SpecialTokens.ABSENT),
                json.integers("eos_token_id"),
                json.integer("pad_token_id", SpecialTokens.ABSENT));
    }

    /**
     * This model with other end tokens.
     *
     * @param ends ids below the vocabulary's size
     * @return the changed copy
     * @throws IllegalArgumentException when an id is outside the vocabulary
     */
    public HuggingFaceConfig withEnds(List<Integer> ends) {
        Objects.requireNonNull(ends, "ends");
        return new HuggingFaceConfig(
                model, new SpecialTokens(specialTokens.beginning(), ends, specialTokens.padding()));
    }

    /**
     * The same with another model.
     *
     * @param other the model
     * @return the changed copy
     * @throws IllegalArgumentException when a special token is outside its vocabulary
     */
    public HuggingFaceConfig withModel(ModelConfig other) {
        Objects.requireNonNull(other, "other");
        return new HuggingFaceConfig(other, specialTokens);
    }

    /**
     * The text of a {@code config.json} that {@code AutoConfig.from_pretrained} opens and {@link #read} reads back.
     *
     * @return JSON with a final line break
     */
    public String toJson() {
        return toJson("float32");
    }

    /**
     * As {@link #toJson()}, for weights of another type.
     *
     * @param type of the weights as PyTorch names it, such as {@code bfloat16}
     * @return JSON with a final line break
     */
    public String toJson(String type) {
        Objects.requireNonNull(type, "type");
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        Family family = Families.of(model);
        json.put("model_type", family.name());
        family.write(model, json);
        json.put("torch_dtype", type);
        json.put("vocab_size", model.vocabulary());
        json.put("initializer_range", model.initial().range());
        json.put("tie_word_embeddings", model.tied());
        // Without these keys transformers would assume ids of its own.
        putToken(json, "bos_token_id", specialTokens.beginning());
        putEnds(json);
        putToken(json, "pad_token_id", specialTokens.padding());
        return Json.text(Json.PRETTY_WRITER, json) + "\n";
    }

    private void putEnds(ObjectNode json) {
        if (specialTokens.ends().size() <= 1) {
            putToken(json, "eos_token_id", specialTokens.end());
        } else {
            ArrayNode ends = json.putArray("eos_token_id");
            specialTokens.ends().forEach(ends::add);
        }
    }

    private static void putToken(ObjectNode json, String key, int id) {
        if (id == SpecialTokens.ABSENT) {
            json.putNull(key);
        } else {
            json.put(key, id);
        }
    }
}
