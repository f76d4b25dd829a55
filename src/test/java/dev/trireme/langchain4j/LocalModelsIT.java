package dev.trireme.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.model.output.FinishReason;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.chat.Conversation;
import dev.trireme.config.Json;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Device;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.generate.Embeddings;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.Gate;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.Request;
import dev.trireme.generate.TextModel;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** langchain4j's interfaces on an engine of this process, of two copies of two stages. */
@Timeout(120)
class LocalModelsIT {
    private static final ModelConfig SHAPE = ModelConfig.gpt2(2, 2, 16, 600, 2000);

    @TempDir
    private static Path folder;

    private static TextModel local;

    @BeforeAll
    static void open() throws IOException {
        Files.writeString(
                folder.resolve("chat_template.jinja"),
                "{% for m in messages %}<pad>{{ m.role }}: {{ m.content }}<eos>{% endfor %}<pad>assistant: ");
        GenerationLayout layout = new GenerationLayout(PipelineLayout.of(2, "even"), 2, 2, "cpu", 1);
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Stage stage = Stage.open(SHAPE, i % 2, i % 2 + 1, Device.CPU, Weights.FLOAT32);
            stage.initialize(3);
            stages.add(stage);
        }
        Engine engine = Engine.of(
                stages,
                new HuggingFaceConfig(SHAPE, SpecialTokens.NONE),
                EngineConfig.of(layout, Weights.FLOAT32),
                true);
        local = new TextModel(
                "tiny",
                engine,
                Tokenizer.open(Path.of("src/test/resources/golden/bpe-tiny/tokenizer.json")),
                Optional.of(ChatTemplate.of(folder)));
    }

    @AfterAll
    static void close() {
        local.engine().close();
        local.tokenizer().close();
    }

    private static ChatRequest.Builder greedy(int tokens) {
        return ChatRequest.builder()
                .messages(SystemMessage.from("Sei kurz."), UserMessage.from("Hallo"))
                .temperature(0.0)
                .maxOutputTokens(tokens);
    }

    /** Collects what a stream tells. */
    private static class Collector implements StreamingChatResponseHandler {
        final StringBuilder text = new StringBuilder();
        final CompletableFuture<ChatResponse> done = new CompletableFuture<>();

        @Override
        public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
            text.append(piece.text());
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            done.complete(response);
        }

        @Override
        public void onError(Throwable error) {
            done.completeExceptionally(error);
        }
    }

    @Test
    void anAnswerIsTheEnginesAndAStreamHasTheSameText() {
        ChatResponse answer = new LocalChatModel(local).chat(greedy(24).build());
        int[] prompt = local.template()
                .orElseThrow()
                .render(
                        new Conversation(
                                Json.tree(List.of(
                                        Map.of("role", "system", "content", "Sei kurz."),
                                        Map.of("role", "user", "content", "Hallo"))),
                                Optional.empty(),
                                JsonNodeFactory.instance.objectNode()),
                        ZonedDateTime.now(ZoneOffset.UTC))
                .encode(local.tokenizer());
        int[] ids = local.engine()
                .answer(Request.of(prompt, GenerateOptions.upTo(24)))
                .choices()
                .get(0)
                .ids();
        assertThat(answer.aiMessage().text()).isEqualTo(local.tokenizer().decode(ids));
        assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(answer.tokenUsage().inputTokenCount()).isEqualTo(prompt.length);
        assertThat(answer.tokenUsage().outputTokenCount()).isEqualTo(24);
        Collector collector = new Collector();
        new LocalStreamingChatModel(local).chat(greedy(24).build(), collector);
        assertThat(collector.done.join()).isEqualTo(answer);
        assertThat(collector.text).hasToString(answer.aiMessage().text());
    }

    @Test
    void aStreamIsCancelledBeforeItsFirstTokenAndByItsHandle() throws InterruptedException {
        LocalStreamingChatModel streaming = new LocalStreamingChatModel(local);
        Collector never = new Collector();
        Gate gate = new Gate(2); // both copies
        for (int copy = 0; copy < 2; copy++) {
            local.engine().submit(Request.of(new int[] {5, 6}, GenerateOptions.upTo(2)), gate);
        }
        gate.reached.await();
        StreamingHandle handle = streaming.start(greedy(1900).build(), never);
        handle.cancel();
        gate.open.countDown();
        assertThat(handle.isCancelled()).isTrue();
        CountDownLatch third = new CountDownLatch(3);
        Collector some = new Collector() {
            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                third.countDown();
                if (third.getCount() == 0) {
                    context.streamingHandle().cancel();
                }
            }
        };
        streaming.chat(greedy(1900).build(), some);
        third.await();
        while (local.engine().metrics().requests() > 0) {
            Thread.sleep(10);
        }
        assertThat(never.text).isEmpty();
        assertThat(never.done).isNotDone();
        assertThat(some.done).isNotDone();
    }

    @Test
    void aHandlerThatNeverReturnsHoldsUpNobodyElse() {
        CountDownLatch release = new CountDownLatch(1);
        Collector stuck = new Collector() {
            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        new LocalStreamingChatModel(local).chat(greedy(50).build(), stuck);
        assertThat(new LocalChatModel(local)
                        .chat(greedy(24).build())
                        .aiMessage()
                        .text())
                .isNotEmpty();
        release.countDown();
        assertThat(stuck.done.join().tokenUsage().outputTokenCount()).isEqualTo(50);
    }

    @Test
    void anInterruptEndsARequest() throws InterruptedException {
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                new LocalChatModel(local).chat(greedy(1900).build());
            } catch (Throwable e) {
                thrown.complete(e);
            }
        });
        caller.start();
        while (local.engine().metrics().requests() == 0) {
            Thread.sleep(5);
        }
        caller.interrupt();
        assertThat(thrown.join()).isInstanceOf(CancellationException.class);
        while (local.engine().metrics().requests() > 0) {
            Thread.sleep(10);
        }
    }

    @Test
    void whatIsNotDoneIsRefusedByName() {
        LocalChatModel chat = new LocalChatModel(local);
        assertThatThrownBy(() -> chat.chat(greedy(5)
                        .toolSpecifications(
                                ToolSpecification.builder().name("clock").build())
                        .build()))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("tools");
        assertThatThrownBy(() -> chat.chat(ChatRequest.builder()
                        .messages(UserMessage.from(ImageContent.from("http://localhost/cat.png")))
                        .build()))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("IMAGE");
        assertThatThrownBy(() -> chat.chat(greedy(5).modelName("gpt-5").build()))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("tiny");
        assertThatThrownBy(() -> chat.chat(greedy(5000).build()))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("maximum context length is 2000");
        assertThatThrownBy(() -> chat.chat(greedy(0).build()))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("At most 0 tokens are no answer; ask for 1 or more.");
        assertThatThrownBy(() -> chat.chat(greedy(5).temperature(-1.0).build()))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("temperature");
    }

    /** The template prints contents, so that several texts are one with line breaks between. */
    @Test
    void severalTextsOfAMessageAreItsParts() {
        LocalChatModel chat = new LocalChatModel(local);
        UserMessage parts = UserMessage.from(TextContent.from("Das"), TextContent.from("Haus"));
        ChatRequest.Builder whole = ChatRequest.builder().messages(UserMessage.from("Das\nHaus"));
        assertThat(chat.chat(ChatRequest.builder()
                                .messages(parts)
                                .temperature(0.0)
                                .maxOutputTokens(8)
                                .build())
                        .aiMessage()
                        .text())
                .isEqualTo(chat.chat(whole.temperature(0.0).maxOutputTokens(8).build())
                        .aiMessage()
                        .text());
    }

    @Test
    void textsBecomeTheEnginesVectors() {
        Embeddings embeddings = new Embeddings(Embeddings.Pooling.MEAN, true);
        LocalEmbeddingModel model = new LocalEmbeddingModel(local, embeddings);
        assertThat(model.dimension()).isEqualTo(16);
        float[] vector = model.embed("Das Haus").content().vector();
        assertThat(vector)
                .isEqualTo(embeddings
                        .of(local.engine(), List.of(local.tokenizer().encodePrompt("Das Haus")))
                        .get(0));
    }
}
