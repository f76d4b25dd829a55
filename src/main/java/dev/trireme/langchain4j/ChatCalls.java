package dev.trireme.langchain4j;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
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
import dev.trireme.chat.Conversation;
import dev.trireme.generate.Completion;
import dev.trireme.generate.EngineBusyException;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Request;
import dev.trireme.generate.Sampling;
import dev.trireme.generate.StopReason;
import dev.trireme.generate.TextRun;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/** langchain4j's requests as the engine's, and its answers as langchain4j's. */
final class ChatCalls {
    private ChatCalls() {}

    /** @throws RuntimeException one of langchain4j's, naming what cannot be done */
    static TextRun start(LocalModel model, ChatRequest call, TextRun.Follower follower) {
        ChatRequestParameters parameters = call.parameters();
        requireSupported(model, parameters);
        try {
            int[] prompt = model.template()
                    .render(conversation(call.messages()), ZonedDateTime.now(ZoneId.systemDefault()))
                    .encode(model.tokenizer());
            List<String> stops = Optional.ofNullable(parameters.stopSequences()).orElse(List.of());
            return TextRun.start(
                    model.engine(), request(model, prompt, parameters), model.tokenizer(), stops, follower);
        } catch (EngineBusyException e) {
            throw new RateLimitException(e);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(e);
        }
    }

    private static Request request(LocalModel model, int[] prompt, ChatRequestParameters parameters) {
        int positions = model.engine().config().model().positions();
        int left = positions - prompt.length;
        int wanted = Optional.ofNullable(parameters.maxOutputTokens()).orElse(Math.max(1, left));
        if (wanted < 1 || wanted > left) {
            throw new IllegalArgumentException(prompt.length + " tokens of messages and maxOutputTokens " + wanted
                    + " are more than the model's " + positions + " positions, or none; reduce one of the two");
        }
        return Request.of(prompt, GenerateOptions.upTo(wanted).withSampling(sampling(parameters)));
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

    private static void requireSupported(LocalModel model, ChatRequestParameters parameters) {
        String name = parameters.modelName();
        if (name != null && !name.equals(model.name())) {
            throw new ModelNotFoundException("the model is " + model.name() + ", not " + name);
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
                all.addObject().put("role", "user").put("content", text(user.contents()));
            } else if (message instanceof AiMessage answer && !answer.hasToolExecutionRequests()) {
                all.addObject().put("role", "assistant").put("content", answer.text());
            } else {
                throw new UnsupportedFeatureException("a message of type " + message.type()
                        + " with calls or results of tools is not supported: answers are text");
            }
        }
        return new Conversation(all, Optional.empty(), JsonNodeFactory.instance.objectNode());
    }

    private static String text(List<Content> contents) {
        for (Content content : contents) {
            if (!(content instanceof TextContent)) {
                throw new UnsupportedFeatureException(content.type() + " is not supported; give text");
            }
        }
        return contents.stream().map(content -> ((TextContent) content).text()).collect(Collectors.joining("\n"));
    }

    /** Of a run that has ended without a failure. */
    static ChatResponse response(LocalModel model, TextRun run) {
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
