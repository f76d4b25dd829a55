package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionTokenLogprob;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.trireme.generate.Embeddings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that JVM programs use, unmodified, against an engine of two copies of two stages. */
@Timeout(300)
class OpenAiClientsIT {
    @AutoClose
    private static TinyServer tiny;

    @AutoClose
    private static OpenAIClient client;

    @BeforeAll
    static void start() {
        tiny = TinyServer.start();
        client = client(TinyServer.KEY);
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(tiny.server().address() + "/v1")
                .apiKey(key)
                .timeout(Duration.ofSeconds(60))
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder()
                .model("tiny")
                .addSystemMessage("Sei kurz.")
                .addUserMessage("Hallo")
                .maxCompletionTokens(24)
                .putAdditionalBodyProperty("seed", JsonValue.from(7)); // the method for it is deprecated
    }

    private static String text(ChatCompletion answer) {
        return answer.choices().get(0).message().content().orElseThrow();
    }

    @Test
    void openAiJavaChats() {
        ChatCompletion answer = client.chat()
                .completions()
                .create(chat().n(2).logprobs(true).topLogprobs(3).build());
        assertThat(answer.choices()).hasSize(2);
        assertThat(text(answer)).isNotEmpty();
        assertThat(answer.choices().get(0).logprobs().orElseThrow().content().orElseThrow())
                .hasSize((int) answer.usage().orElseThrow().completionTokens() / 2)
                .allMatch(token -> token.topLogprobs().size() == 3);
    }

    @Test
    void openAiJavaStreamsTheSameText() {
        String whole = text(client.chat().completions().create(chat().build()));
        StringBuilder text = new StringBuilder();
        long[] tokens = {0};
        ChatCompletionCreateParams streamed = chat().streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
        try (StreamResponse<ChatCompletionChunk> chunks =
                client.chat().completions().createStreaming(streamed)) {
            chunks.stream().forEach(chunk -> {
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
                chunk.usage().ifPresent(usage -> tokens[0] = usage.completionTokens());
            });
        }
        assertThat(text).hasToString(whole);
        assertThat(tokens[0]).isPositive();
    }

    @Test
    void openAiJavaStreamsTheSameLogProbabilities() {
        ChatCompletionCreateParams asked = chat().logprobs(true).topLogprobs(3).build();
        List<ChatCompletionTokenLogprob> streamed = new ArrayList<>();
        try (StreamResponse<ChatCompletionChunk> chunks =
                client.chat().completions().createStreaming(asked)) {
            chunks.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .forEach(choice -> choice.logprobs()
                            .flatMap(ChatCompletionChunk.Choice.Logprobs::content)
                            .ifPresent(streamed::addAll));
        }
        assertThat(streamed)
                .hasSize(24)
                .isEqualTo(client.chat()
                        .completions()
                        .create(asked)
                        .choices()
                        .get(0)
                        .logprobs()
                        .orElseThrow()
                        .content()
                        .orElseThrow());
    }

    @Test
    void openAiJavaStreamsCompletionsWithLogProbabilities() {
        CompletionCreateParams asked = CompletionCreateParams.builder()
                .model("tiny")
                .prompt("Das Haus")
                .maxTokens(12)
                .temperature(0)
                .logprobs(2)
                .build();
        List<String> tokens = new ArrayList<>();
        List<Double> probabilities = new ArrayList<>();
        try (StreamResponse<Completion> chunks = client.completions().createStreaming(asked)) {
            chunks.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.logprobs().stream())
                    .forEach(scores -> {
                        tokens.addAll(scores.tokens().orElseThrow());
                        probabilities.addAll(scores.tokenLogprobs().orElseThrow());
                    });
        }
        CompletionChoice.Logprobs whole =
                client.completions().create(asked).choices().get(0).logprobs().orElseThrow();
        assertThat(tokens).hasSize(12).isEqualTo(whole.tokens().orElseThrow());
        assertThat(probabilities).isEqualTo(whole.tokenLogprobs().orElseThrow());
    }

    @Test
    void openAiJavaCompletesAndListsModels() {
        CompletionCreateParams params = CompletionCreateParams.builder()
                .model("tiny")
                .prompt("Das Haus")
                .maxTokens(12)
                .temperature(0)
                .echo(true)
                .build();
        assertThat(client.completions().create(params).choices().get(0).text()).startsWith("Das Haus");
        assertThat(client.models().list().data())
                .singleElement()
                .matches(model -> model.id().equals("tiny"));
    }

    @Test
    void openAiJavaUnderstandsErrors() {
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(chat().temperature(2.5).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("temperature");
        assertThatThrownBy(() ->
                        client.chat().completions().create(chat().model("gpt-5").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("does not exist");
        OpenAIClient stranger = client("wrong");
        assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }

    @Test
    void openAiJavaCancelsAStream() throws InterruptedException {
        ChatCompletionCreateParams endless = chat().maxCompletionTokens(1900).build();
        try (StreamResponse<ChatCompletionChunk> chunks =
                client.chat().completions().createStreaming(endless)) {
            assertThat(chunks.stream().limit(3)).hasSize(3);
        }
        while (tiny.engine().metrics().requests() > 0) {
            Thread.sleep(20);
        }
    }

    @Test
    void openAiJavaAndLangchain4jGetTheSameVectors() {
        List<Double> floats = client
                .embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("tiny")
                        .inputOfArrayOfStrings(List.of("Das Haus", "Ein Baum"))
                        .build())
                .data()
                .get(1)
                .embedding()
                .stream()
                .map(Float::doubleValue)
                .toList();
        float[] expected = new Embeddings(Embeddings.Pooling.MEAN, true)
                .of(tiny.engine(), List.of(tiny.tokenizer().encodePrompt("Ein Baum")))
                .get(0);
        assertThat(floats).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(floats.get(i)).isCloseTo(expected[i], within(1e-7));
        }
        OpenAiEmbeddingModel model = OpenAiEmbeddingModel.builder()
                .baseUrl(tiny.server().address() + "/v1")
                .apiKey(TinyServer.KEY)
                .modelName("tiny")
                .build();
        assertThat(model.embed("Ein Baum").content().vector()).isEqualTo(expected);
    }

    @Test
    void langchain4jCancelsAStream() throws InterruptedException {
        long failed = tiny.engine().metrics().failed();
        AtomicInteger pieces = new AtomicInteger();
        OpenAiStreamingChatModel streaming = OpenAiStreamingChatModel.builder()
                .baseUrl(tiny.server().address() + "/v1")
                .apiKey(TinyServer.KEY)
                .modelName("tiny")
                .maxTokens(1900)
                .build();
        streaming.chat("Hallo", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                if (pieces.incrementAndGet() == 3) {
                    context.streamingHandle().cancel();
                }
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {}

            @Override
            public void onError(Throwable error) {}
        });
        while (tiny.engine().metrics().failed() == failed) {
            Thread.sleep(20);
        }
        assertThat(tiny.engine().metrics().requests()).isZero();
    }

    @Test
    void langchain4jUnderstandsErrors() {
        OpenAiChatModel.OpenAiChatModelBuilder chat = OpenAiChatModel.builder()
                .baseUrl(tiny.server().address() + "/v1")
                .apiKey(TinyServer.KEY)
                .modelName("tiny")
                .maxRetries(0);
        assertThatThrownBy(() -> chat.temperature(3.0).build().chat("Hallo"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("temperature");
        assertThatThrownBy(() -> chat.modelName("gpt-5").build().chat("Hallo"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> chat.apiKey("wrong").build().chat("Hallo"))
                .isInstanceOf(AuthenticationException.class);
    }

    @Test
    void langchain4jChatsAndStreams() {
        OpenAiChatModel chat = OpenAiChatModel.builder()
                .baseUrl(tiny.server().address() + "/v1")
                .apiKey(TinyServer.KEY)
                .modelName("tiny")
                .maxTokens(24)
                .seed(7)
                .build();
        String whole = chat.chat("Hallo");
        assertThat(whole).isNotEmpty();
        OpenAiStreamingChatModel streaming = OpenAiStreamingChatModel.builder()
                .baseUrl(tiny.server().address() + "/v1")
                .apiKey(TinyServer.KEY)
                .modelName("tiny")
                .maxTokens(24)
                .seed(7)
                .build();
        StringBuilder pieces = new StringBuilder();
        CompletableFuture<ChatResponse> done = new CompletableFuture<>();
        streaming.chat("Hallo", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String piece) {
                pieces.append(piece);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                done.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                done.completeExceptionally(error);
            }
        });
        assertThat(done.join().aiMessage().text()).isEqualTo(whole);
        assertThat(pieces).hasToString(whole);
        assertThat(done.join().tokenUsage().outputTokenCount()).isPositive();
    }
}
