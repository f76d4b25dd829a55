package dev.trireme.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Request;
import dev.trireme.generate.Sampling;
import dev.trireme.generate.TextModel;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** {@code POST /v1/completions}: prompts as texts or token ids. */
final class CompletionCall {
    static final String PATH = "/v1/completions";
    private static final int USUAL_TOKENS = 16; // OpenAI's
    private static final int MOST_PROMPTS = 256;
    private static final int MOST_BEST = 5;
    private static final long NEXT_SEED = 0x9E3779B97F4A7C15L; // odd: the seeds of a call all differ

    private CompletionCall() {}

    static TextJob read(ObjectNode body, TextModel model) {
        Fields fields = new Fields(body, "");
        String asked = fields.model(model);
        TextOptions options = TextOptions.read(fields, model);
        fields.refuse("suffix", "text is only appended");
        int bestOf = fields.integer("best_of", 1, 16).orElse(options.choices());
        if (bestOf != options.choices()) {
            throw ApiException.unsupported("best_of", "'best_of' other than 'n' is not supported.");
        }
        Optional<Integer> best = fields.integer("logprobs", 0, MOST_BEST);
        boolean echo = fields.flag("echo");
        Optional<Integer> most = fields.integer("max_tokens", 0, Integer.MAX_VALUE);
        fields.require("max_tokens", echo || most.orElse(1) > 0, "1 or more, or 0 with 'echo'");
        boolean alone = most.isPresent() && most.get() == 0;
        List<int[]> prompts = prompts(fields, "prompt", MOST_PROMPTS, model);
        fields.requireNoOthers();
        List<Request> requests = new ArrayList<>();
        Map<IntBuffer, Integer> times = new HashMap<>(); // that a prompt has come
        for (int[] prompt : prompts) {
            int room = alone ? roomOfNone(model, prompt) : TextJob.room(model, prompt, most, USUAL_TOKENS);
            GenerateOptions generate = TextJob.options(options, room, best.isPresent(), best.orElse(0));
            Request request = Request.of(prompt, generate.withSampling(sampling(options, prompt, times)))
                    .withAdapter(model.adapter(asked));
            if (echo && best.isPresent()) {
                request = request.withPromptOutput(Request.PromptOutput.LOG_PROBABILITIES);
            }
            requests.add(alone ? request.withoutContinuation() : request);
        }
        return new TextJob(requests, options, new CompletionShape(model, asked, echo, best.isPresent()));
    }

    /** A prompt alone needs none; its options say 1, which is the least that they take. */
    private static int roomOfNone(TextModel model, int[] prompt) {
        if (prompt.length > model.positions()) {
            throw ApiException.tooLong(
                    "messages",
                    "This model's maximum context length is " + model.positions() + " tokens. However, the prompt has "
                            + prompt.length + "; shorten it.");
        }
        return 1;
    }

    /** A prompt that comes again in a call draws anew, as a further choice does; others have the call's seed. */
    private static Sampling sampling(TextOptions options, int[] prompt, Map<IntBuffer, Integer> times) {
        int before = times.merge(IntBuffer.wrap(prompt), 1, Integer::sum) - 1;
        Sampling sampling = options.sampling();
        return sampling.withSeed(sampling.seed() + before * NEXT_SEED);
    }

    /** A field that holds one or several texts, as strings or token ids. */
    static List<int[]> prompts(Fields fields, String name, int most, TextModel model) {
        JsonNode value = fields.value(name)
                .orElseThrow(
                        () -> ApiException.invalid(name, "'" + name + "' is missing; give a string or token ids."));
        List<int[]> prompts = new ArrayList<>();
        boolean isOne = value.isTextual()
                || (value.isArray() && !value.isEmpty() && value.get(0).isNumber());
        if (isOne) {
            prompts.add(prompt(fields, name, value, model));
        } else {
            fields.require(
                    name,
                    value.isArray() && !value.isEmpty() && value.size() <= most,
                    "a string, an array of token ids, or an array of up to " + most + " of these");
            value.forEach(each -> prompts.add(prompt(fields, name, each, model)));
        }
        return prompts;
    }

    private static int[] prompt(Fields fields, String name, JsonNode value, TextModel model) {
        if (value.isTextual()) {
            int[] ids = model.tokenizer().encodePrompt(value.textValue());
            fields.require(name, ids.length > 0, "a text of one token or more");
            return ids;
        }
        return ids(fields, name, value, model);
    }

    /** A field that holds token ids, at least one. */
    static int[] ids(Fields fields, String name, TextModel model) {
        JsonNode value = fields.value(name)
                .orElseThrow(() -> ApiException.invalid(name, "'" + name + "' is missing; give token ids."));
        return ids(fields, name, value, model);
    }

    private static int[] ids(Fields fields, String name, JsonNode value, TextModel model) {
        fields.require(
                name,
                value.isArray()
                        && !value.isEmpty()
                        && value.size() <= model.positions()
                        && StreamSupport.stream(value.spliterator(), false)
                                .allMatch(id -> id.isInt() && id.intValue() >= 0 && id.intValue() < model.vocabulary()),
                "an array of up to " + model.positions() + " token ids below " + model.vocabulary());
        return StreamSupport.stream(value.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
