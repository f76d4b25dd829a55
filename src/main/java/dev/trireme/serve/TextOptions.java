package dev.trireme.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.generate.Sampling;
import dev.trireme.generate.TextModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What completions and chats have in common.
 *
 * @param choices how many answers
 * @param sampling how tokens are drawn
 * @param stop texts that end an answer
 * @param stream whether the answer comes piece by piece
 * @param usage whether a stream ends with counts of tokens
 */
record TextOptions(int choices, Sampling sampling, List<String> stop, boolean stream, boolean usage) {
    private static final int MOST_CHOICES = 16;
    private static final int MOST_STOPS = 16;
    private static final int LONGEST_STOP = 1000;
    private static final int MOST_BIASES = 1024;
    private static final double NEVER = -1e6; // the least that Sampling takes

    static TextOptions read(Fields fields, TextModel model) {
        boolean stream = fields.flag("stream");
        Optional<Fields> streaming = fields.object("stream_options");
        boolean usage = streaming.map(options -> options.flag("include_usage")).orElse(false);
        streaming.ifPresent(options -> {
            options.ignore("include_obfuscation");
            options.requireNoOthers();
        });
        fields.ignore("user", "store", "metadata", "service_tier", "safety_identifier", "prompt_cache_key");
        return new TextOptions(
                fields.integer("n", 1, MOST_CHOICES).orElse(1), sampling(fields, model), stops(fields), stream, usage);
    }

    private static Sampling sampling(Fields fields, TextModel model) {
        double topP = fields.number("top_p", 0, 1, 1);
        fields.require("top_p", topP > 0, "more than 0");
        double temperature = fields.number("temperature", 0, 2, 1);
        double repetition = fields.number("repetition_penalty", 0, 2, 1);
        fields.require("repetition_penalty", repetition > 0, "more than 0");
        return new Sampling(
                        temperature < 1e-6 ? 0 : temperature,
                        fields.integer("top_k", 0, model.vocabulary()).orElse(0),
                        topP,
                        fields.number("min_p", 0, 1, 0),
                        repetition,
                        fields.wholeNumber("seed").orElse(0L)) // a call was given one when it came
                .withPenalties(
                        fields.number("presence_penalty", -2, 2, 0), fields.number("frequency_penalty", -2, 2, 0))
                .withBiases(biases(fields, model));
    }

    private static Map<Integer, Double> biases(Fields fields, TextModel model) {
        int vocabulary = model.vocabulary();
        Map<Integer, Double> biases = new TreeMap<>();
        Optional<JsonNode> value = fields.value("logit_bias");
        fields.require(
                "logit_bias",
                value.stream().allMatch(node -> node.isObject() && node.size() <= MOST_BIASES),
                "an object of at most " + MOST_BIASES + " token ids");
        value.ifPresent(node -> node.properties().forEach(entry -> {
            fields.require(
                    "logit_bias",
                    entry.getKey().matches("[0-9]{1,9}") && Integer.parseInt(entry.getKey()) < vocabulary,
                    "an object whose keys are token ids below " + vocabulary);
            JsonNode bias = entry.getValue();
            fields.require(
                    "logit_bias",
                    bias.isNumber() && Math.abs(bias.doubleValue()) <= 100,
                    "an object whose values are between -100 and 100");
            biases.put(Integer.valueOf(entry.getKey()), bias.doubleValue());
        }));
        if (fields.flag("ignore_eos")) {
            model.engine().config().specialTokens().ends().forEach(end -> biases.put(end, NEVER));
        }
        return biases;
    }

    private static List<String> stops(Fields fields) {
        List<String> stops = new ArrayList<>();
        fields.value("stop").ifPresent(value -> {
            if (value.isTextual()) {
                stops.add(value.textValue());
            } else {
                fields.require("stop", value.isArray(), "a string or an array of strings");
                value.forEach(stop -> stops.add(stop.isTextual() ? stop.textValue() : ""));
            }
        });
        fields.require(
                "stop",
                stops.size() <= MOST_STOPS
                        && stops.stream().allMatch(stop -> !stop.isEmpty() && stop.length() <= LONGEST_STOP),
                "up to " + MOST_STOPS + " strings of 1 to " + LONGEST_STOP + " characters");
        return stops;
    }
}
