package dev.trireme.langchain4j;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.chat.Conversation;
import dev.trireme.config.NullChecks;
import dev.trireme.generate.Completion;
import dev.trireme.generate.EngineBusyException;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Request;
import dev.trireme.generate.Sampling;
import dev.trireme.generate.StopReason;
import dev.trireme.generate.TextModel;
import dev.trireme.generate.TextRun;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * langchain4j's requests as the engine's, and its answers as langchain4j's.
 *
 * @param model which is borrowed
 * @param template of the model
 * @param defaults of requests that do not say something themselves
 */
record ChatCalls(TextModel model, ChatTemplate template, ChatRequestParameters defaults) {
    /** @throws IllegalArgumentException if the model has no template */
    static ChatCalls of(TextModel model, ChatRequestParameters defaults) {
        NullChecks.require("model", model, "defaults", defaults);
        ChatTemplate template = model.template()
                .orElseThrow(() -> new IllegalArgumentException(
                        "the model " + model.name() + " has no chat template; give it one"));
        return new ChatCalls(model, template, defaults);
    }

    /** Those of a model whose requests have no defaults: temperature 1, as many tokens as the positions leave. */
    static ChatRequestParameters none() {
        return ChatRequestParameters.builder().build();
    }

    /** @throws RuntimeException one of langchain4j's, naming what cannot be done */
    TextRun start(ChatRequest call, TextRun.Follower follower) {
        ChatRequestParameters parameters = call.parameters();
        String asked = Optional.ofNullable(parameters.modelName()).orElse(model.name());
        requireSupported(asked, parameters);
        try {
            int[] prompt = template.render(conversation(call.messages()), ZonedDateTime.now(ZoneId.systemDefault()))
                    .encode(model.tokenizer());
            List<String> stops = Optional.ofNullable(parameters.stopSequences()).orElse(List.of());
            Request request = request(prompt, parameters).withAdapter(model.adapter(asked));
            return TextRun.start(model.engine(), request, model.tokenizer(), stops, follower);
        } catch (EngineBusyException e) {
            throw new RateLimitException(e);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(e);
        }
    }

    private Request request(int[] prompt, ChatRequestParameters parameters) {
        int room = model.room(prompt.length, Optional.ofNullable(parameters.maxOutputTokens()), Integer.MAX_VALUE);
        return Request.of(prompt, GenerateOptions.upTo(room).withSampling(sampling(parameters)));
    }

    private static Sampling sampling(ChatRequestParameters parameters) {
        return new Sampling(
                        Optional.ofNullable(parameters.temperature()).orElse(1.0),
                        Optional.ofNullable(parameters.topK()).orElse(0),
                        Optional.ofNullable(parameters.topP()).orElse(1.0),
                        0,
                        1,
                        ThreadLocalRandom.current().nextLong())
                .withPenalties(
                        Optional.ofNullable(parameters.presencePenalty()).orElse(0.0),
                        Optional.ofNullable(parameters.frequencyPenalty()).orElse(0.0));
    }

    private void requireSupported(String asked, ChatRequestParameters parameters) {
        if (!model.names().contains(asked)) {
            throw new ModelNotFoundException("there is " + String.join(", ", model.names()) + ", not " + asked);
        }
        if (parameters.toolSpecifications() != null
                && !parameters.toolSpecifications().isEmpty()) {
            throw new UnsupportedFeatureException("tools are not supported: answers are text");
        }
        ResponseFormat format = parameters.responseFormat();
        if (format != null && !format.equals(ResponseFormat.TEXT)) {
            throw new UnsupportedFeatureException("response format " + format.type() + " is not supported; use TEXT");
        }
    }

    private static Conversation conversation(List<ChatMessage> messages) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (ChatMessage message : messages) {
            if (message instanceof SystemMessage system) {
                all.addObject().put("role", "system").put("content", system.text());
            } else if (message instanceof UserMessage user) {
                addContents(all.addObject().put("role", "user"), user.contents());
            } else if (message instanceof AiMessage answer && !answer.hasToolExecutionRequests()) {
                all.addObject().put("role", "assistant").put("content", answer.text());
            } else {
                throw new UnsupportedFeatureException("a message of type " + message.type()
                        + " with calls or results of tools is not supported: answers are text");
            }
        }
        return new Conversation(all, Optional.empty(), JsonNodeFactory.instance.objectNode());
    }

    /** One text is no array, as langchain4j writes it for servers. */
    private static void addContents(ObjectNode message, List<Content> contents) {
        List<String> texts = contents.stream().map(ChatCalls::text).toList();
        if (texts.size() == 1) {
            message.put("content", texts.get(0));
        } else {
            ArrayNode parts = message.putArray("content");
            texts.forEach(text -> parts.addObject().put("type", "text").put("text", text));
        }
    }

    private static String text(Content content) {
        if (content instanceof TextContent text) {
            return text.text();
        }
        throw new UnsupportedFeatureException(content.type() + " is not supported; give text");
    }

    /** Of a run that has ended without a failure. */
    ChatResponse response(TextRun run) {
        Completion completion = run.answer().choices().get(0);
        int prompt = run.request().prompt().length;
        return ChatResponse.builder()
                .aiMessage(AiMessage.from(run.text(0)))
                .modelName(model.name())
                .tokenUsage(new TokenUsage(prompt, completion.ids().length))
                .finishReason(completion.stop() == StopReason.LENGTH ? FinishReason.LENGTH : FinishReason.STOP)
                .build();
    }
}
