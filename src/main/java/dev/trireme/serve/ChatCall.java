package dev.trireme.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.chat.BadPartException;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.chat.Conversation;
import dev.trireme.generate.Request;
import dev.trireme.generate.TextModel;
import dev.trireme.template.TemplateException;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;

/** {@code POST /v1/chat/completions}: messages, written by the model's own template. */
final class ChatCall {
    static final String PATH = "/v1/chat/completions";
    private static final int MOST_BEST = 20;

    private ChatCall() {}

    /** @param time what a template that asks for the date is told */
    static TextJob read(ObjectNode body, TextModel model, ZonedDateTime time) {
        ChatTemplate template = model.template()
                .orElseThrow(() -> ApiException.of(
                        400,
                        "invalid_request_error",
                        "no_chat_template",
                        "The model '" + model.name() + "' has no chat template; use /v1/completions."));
        Fields fields = new Fields(body, "");
        String asked = fields.model(model);
        TextOptions options = TextOptions.read(fields, model);
        boolean logProbabilities = fields.flag("logprobs");
        int best = fields.integer("top_logprobs", 0, MOST_BEST).orElse(0);
        if (best > 0 && !logProbabilities) {
            throw ApiException.invalid("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.");
        }
        Optional<Integer> most = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE)
                .or(() -> fields.integer("max_tokens", 1, Integer.MAX_VALUE));
        fields.ignore("max_tokens");
        refuseOthers(fields);
        Conversation conversation = conversation(fields);
        fields.requireNoOthers();
        int[] prompt = prompt(template, conversation, model, time);
        int room = TextJob.room(model, prompt, most, Integer.MAX_VALUE);
        Request request = Request.of(prompt, TextJob.options(options, room, logProbabilities, best))
                .withAdapter(model.adapter(asked));
        return new TextJob(List.of(request), options, new ChatShape(model, asked, logProbabilities));
    }

    private static void refuseOthers(Fields fields) {
        fields.object("response_format").ifPresent(format -> {
            String type = format.text("type").orElse("text");
            if (!type.equals("text")) {
                throw ApiException.unsupported(
                        "response_format", "'response_format' of type '" + type + "' is not supported; use 'text'.");
            }
        });
        fields.value("tools").filter(tools -> !tools.isEmpty()).ifPresent(tools -> {
            throw ApiException.unsupported("tools", "'tools' are not supported: answers are text.");
        });
        fields.refuse("tool_choice", "there are no tools");
        fields.refuse("functions", "answers are text");
        fields.refuse("function_call", "answers are text");
        fields.refuse("audio", "answers are text");
        fields.refuse("prediction", "nothing is predicted");
        fields.refuse("web_search_options", "there is no search");
        fields.refuse("reasoning_effort", "use chat_template_kwargs, if the template has such a variable");
        fields.ignore("parallel_tool_calls", "modalities", "verbosity");
    }

    private static Conversation conversation(Fields fields) {
        JsonNode messages = fields.value("messages")
                .orElseThrow(() -> ApiException.invalid("messages", "'messages' is missing; give an array."));
        Optional<JsonNode> arguments = fields.value("chat_template_kwargs");
        fields.require("chat_template_kwargs", arguments.stream().allMatch(JsonNode::isObject), "an object");
        try {
            return new Conversation(
                    messages,
                    Optional.empty(),
                    arguments.map(node -> (ObjectNode) node).orElseGet(JsonNodeFactory.instance::objectNode));
        } catch (BadPartException e) {
            throw ApiException.invalid(e.place(), String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("messages", String.valueOf(e.getMessage()));
        }
    }

    private static int[] prompt(ChatTemplate template, Conversation conversation, TextModel model, ZonedDateTime time) {
        try {
            int[] ids = template.render(conversation, time).encode(model.tokenizer());
            if (ids.length == 0) {
                throw ApiException.invalid("messages", "The chat template makes no text of these messages.");
            }
            return ids;
        } catch (TemplateException e) {
            throw ApiException.invalid("messages", "The chat template cannot write these messages: " + e.reason());
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("messages", String.valueOf(e.getMessage()));
        }
    }
}
