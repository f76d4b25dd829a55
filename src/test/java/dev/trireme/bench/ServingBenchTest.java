package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.trireme.bench.ServingConfig.Range;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServingBenchTest {
    private static final Range FEW = new Range(2, 9);

    /** Answers at once. */
    private static final class Echo implements ServingTarget {
        final List<String> asked = new ArrayList<>();

        @Override
        public CompletableFuture<Integer> start(int[] prompt, int newTokens, LongConsumer onToken) {
            asked.add(Arrays.toString(prompt) + newTokens);
            for (int i = 0; i < newTokens; i++) {
                onToken.accept(System.nanoTime());
            }
            return CompletableFuture.completedFuture(newTokens);
        }

        @Override
        public int vocabulary() {
            return 50;
        }
    }

    @Test
    void theSameLoadHasTheSameRequests() {
        ServingConfig load = new ServingConfig(20, 0, 4, FEW, FEW, 3, 7);
        Echo one = new Echo();
        Echo other = new Echo();
        ServingResult result = ServingBench.measure(load, one);
        ServingBench.measure(load, other);
        assertThat(one.asked).isEqualTo(other.asked).hasSize(20).doesNotHaveDuplicates();
        assertThat(one.asked.stream().map(text -> text.split(", ", 4)[2]).distinct())
                .hasSize(1); // of the shared prefix
        assertThat(result.tokens()).isBetween(40L, 180L);
        assertThat(result.promptTokens()).isBetween(100L, 240L);
        assertThat(result.firstToken().count()).isEqualTo(20);
        assertThat(result.betweenTokens().count()).isEqualTo((int) result.tokens() - 20);
        assertThat(ServingBench.measure(new ServingConfig(5, 1e5, 1, FEW, FEW, 0, 7), new Echo())
                        .tokens())
                .isPositive();
    }

    @Test
    void lengthsAreNumbersOrRanges() {
        assertThat(Range.parse("64")).isEqualTo(new Range(64, 64)).hasToString("64");
        assertThat(Range.parse("16-512")).hasToString("16-512");
        assertThatThrownBy(() -> Range.parse("16..512"))
                .hasMessage("length is 16..512; use a number, or two such as 16-512");
        assertThatThrownBy(() -> Range.parse("9-3")).hasMessage("most is 3; use 9 to 1048576");
    }

    @Test
    void aServerWithOpenAisApiIsAskedForAStream() throws IOException {
        List<String> bodies = Collections.synchronizedList(new ArrayList<>());
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/completions", exchange -> {
            bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            boolean fails = bodies.size() > 3;
            byte[] answer = (fails
                            ? "no place"
                            : "data: {\"choices\":[{\"text\":\"a\"}]}\n\n".repeat(3)
                                    + "data: {\"choices\":[],\"usage\":{\"completion_tokens\":4}}\n\ndata: [DONE]\n\n")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(fails ? 503 : 200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        try (OpenAiTarget target = new OpenAiTarget(url, 50)) {
            ServingConfig load = new ServingConfig(3, 0, 1, new Range(2, 2), new Range(3, 3), 0, 1);
            assertThat(ServingBench.measure(load, target).tokens()).isEqualTo(12); // one had no chunk
            assertThat(bodies.get(0)).contains("\"prompt\":[", "\"max_tokens\":3", "\"stream\":true");
            assertThatThrownBy(() -> ServingBench.measure(load, target))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("/v1/completions answered 503: no place");
        } finally {
            server.stop(0);
        }
    }
}
