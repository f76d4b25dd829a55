package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.trireme.http.SelfSigned;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The same server over HTTPS, with a certificate of its own making. */
@Timeout(120)
class HttpsIT {
    @TempDir
    private Path folder;

    @Test
    void aRealClientChatsAndStreamsOverTls() throws Exception {
        SelfSigned certificate = SelfSigned.make(folder, "EC");
        try (TinyServer tiny = TinyServer.start();
                ModelServer server = ModelServer.start(
                        tiny.model(),
                        ServerConfig.DEFAULTS
                                .on("127.0.0.1", 0)
                                .withApiKey(TinyServer.KEY)
                                .withTls(certificate.files()))) {
            assertThat(server.address()).startsWith("https://127.0.0.1:");
            OpenAIClient client = OpenAIOkHttpClient.builder()
                    .baseUrl(server.address() + "/v1")
                    .apiKey(TinyServer.KEY)
                    .sslSocketFactory(certificate.client().getSocketFactory())
                    .trustManager(certificate.trust())
                    .maxRetries(0)
                    .build();
            ChatCompletionCreateParams asked = ChatCompletionCreateParams.builder()
                    .model("tiny")
                    .addUserMessage("Hallo")
                    .maxCompletionTokens(200)
                    .putAdditionalBodyProperty("seed", JsonValue.from(7))
                    .build();
            String whole = client.chat()
                    .completions()
                    .create(asked)
                    .choices()
                    .get(0)
                    .message()
                    .content()
                    .orElseThrow();
            StringBuilder pieces = new StringBuilder();
            try (StreamResponse<ChatCompletionChunk> chunks =
                    client.chat().completions().createStreaming(asked)) {
                chunks.stream()
                        .flatMap(chunk -> chunk.choices().stream())
                        .forEach(choice -> choice.delta().content().ifPresent(pieces::append));
            }
            assertThat(pieces).isNotEmpty().hasToString(whole);
            client.close();
            HttpRequest health = HttpRequest.newBuilder(URI.create(server.address() + "/health"))
                    .build();
            assertThatThrownBy(() -> HttpClient.newHttpClient().send(health, HttpResponse.BodyHandlers.discarding()))
                    .isInstanceOf(SSLException.class); // who does not know the certificate
        }
    }
}
