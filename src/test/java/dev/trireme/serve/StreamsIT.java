package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Json;
import dev.trireme.generate.Gate;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Request;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that come piece by piece. */
@Timeout(300)
class StreamsIT {
    @AutoClose
    private static TinyServer tiny;

    private static Calls calls;

    @BeforeAll
    static void start() {
        tiny = TinyServer.start();
        calls = tiny.calls();
    }

    @Test
    void aStreamHasTheTextOfTheWholeAnswer() throws Exception {
        String body = "'messages': [{'role': 'user', 'content': 'Hallo'}], 'max_tokens': 30, 'seed': 5, 'n': 2";
        JsonNode whole = calls.post("/v1/chat/completions", "{" + body + "}");
        List<JsonNode> chunks = calls.stream(
                "/v1/chat/completions", "{" + body + ", 'stream': true, 'stream_options': {'include_usage': true}}");
        for (int choice = 0; choice < 2; choice++) {
            StringBuilder text = new StringBuilder();
            for (JsonNode chunk : chunks) {
                JsonNode part = chunk.at("/choices/0");
                if (part.path("index").asInt(-1) == choice) {
                    text.append(part.at("/delta/content").asText());
                }
            }
            assertThat(text)
                    .hasToString(
                            whole.at("/choices/" + choice + "/message/content").asText());
        }
        assertThat(chunks.get(0).at("/choices/0/delta/role").asText()).isEqualTo("assistant");
        assertThat(chunks.get(chunks.size() - 1).path("usage")).isEqualTo(whole.path("usage"));
        assertThat(chunks).allMatch(chunk -> chunk.path("object").asText().equals("chat.completion.chunk"));
    }

    @Test
    void aStreamedChatHasTheLogProbabilitiesOfTheWholeOne() throws Exception {
        String body = "'messages': [{'role': 'user', 'content': 'Hallo'}], 'max_tokens': 30, 'seed': 5, 'n': 2,"
                + " 'logprobs': true, 'top_logprobs': 3";
        JsonNode whole = calls.post("/v1/chat/completions", "{" + body + "}");
        List<JsonNode> chunks = calls.stream("/v1/chat/completions", "{" + body + ", 'stream': true}");
        for (int choice = 0; choice < 2; choice++) {
            ArrayNode tokens = JsonNodeFactory.instance.arrayNode();
            for (JsonNode part : parts(chunks, choice)) {
                part.at("/logprobs/content").forEach(tokens::add);
            }
            assertThat(tokens).hasSize(30).isEqualTo(whole.at("/choices/" + choice + "/logprobs/content"));
        }
    }

    /** A stop text holds text back, and its tokens belong to no text. */
    @Test
    void aStreamedCompletionHasTheLogProbabilitiesAndTheEchoOfTheWholeOne() throws Exception {
        String text = calls.post("/v1/completions", "{'prompt': 'Das', 'max_tokens': 40, 'temperature': 0}")
                .at("/choices/0/text")
                .asText();
        String stop = text.substring(text.length() / 2, text.length() / 2 + 3);
        for (String options : List.of(
                "40, 'logprobs': 2, 'echo': true",
                "40, 'logprobs': 0, 'echo': true, 'n': 2",
                "40, 'logprobs': 3, 'stop': " + Json.tree(stop),
                "40, 'echo': true",
                "0, 'logprobs': 2, 'echo': true, 'n': 2",
                "0, 'echo': true")) {
            String body = "'prompt': ['Das', 'Das Haus'], 'temperature': 0, 'max_tokens': " + options;
            JsonNode whole = calls.post("/v1/completions", "{" + body + "}");
            List<JsonNode> chunks = calls.stream("/v1/completions", "{" + body + ", 'stream': true}");
            for (JsonNode expected : whole.path("choices")) {
                ObjectNode joined = join(parts(chunks, expected.path("index").asInt()));
                assertThat(joined.path("text")).as(options).isEqualTo(expected.path("text"));
                assertThat(joined.path("finish_reason")).as(options).isEqualTo(expected.path("finish_reason"));
                for (String list : List.of("tokens", "token_logprobs", "top_logprobs", "text_offset")) {
                    assertThat(joined.path(list).toString())
                            .as("%s: %s", options, list)
                            .isEqualTo(
                                    expected.at("/logprobs/" + list).isMissingNode()
                                            ? "[]"
                                            : expected.at("/logprobs/" + list).toString());
                }
            }
        }
    }

    private static List<JsonNode> parts(List<JsonNode> chunks, int choice) {
        return chunks.stream()
                .map(chunk -> chunk.at("/choices/0"))
                .filter(part -> part.path("index").asInt(-1) == choice)
                .toList();
    }

    private static ObjectNode join(List<JsonNode> parts) {
        ObjectNode joined = JsonNodeFactory.instance.objectNode();
        StringBuilder text = new StringBuilder();
        for (String list : List.of("tokens", "token_logprobs", "top_logprobs", "text_offset")) {
            joined.putArray(list);
            parts.forEach(part -> part.at("/logprobs/" + list).forEach(joined.withArray(list)::add));
        }
        parts.forEach(part -> text.append(part.path("text").asText()));
        joined.set("finish_reason", parts.get(parts.size() - 1).path("finish_reason"));
        return joined.put("text", text.toString());
    }

    /** What a call was is not kept while it streams: here, 60 MB that have no effect on the answer. */
    @Test
    void aStreamKeepsNoBody() throws Exception {
        Gate gate = new Gate(2); // both copies
        for (int copy = 0; copy < 2; copy++) {
            tiny.engine().submit(Request.of(new int[] {5, 6}, GenerateOptions.upTo(2)), gate);
        }
        gate.reached.await();
        String body = "{'prompt': 'x', 'max_tokens': 4, 'stream': true, 'user': '" + "x".repeat(5 << 20) + "'}";
        List<Socket> streams = new ArrayList<>();
        try {
            long before = heapInUse();
            for (int i = 0; i < 12; i++) {
                Socket socket = calls.connect("/v1/completions", body);
                streams.add(socket);
                assertThat(new String(socket.getInputStream().readNBytes(15), StandardCharsets.UTF_8))
                        .isEqualTo("HTTP/1.1 200 OK");
            }
            long end = System.nanoTime() + 60_000_000_000L;
            while (heapInUse() - before > 12 << 20) { // what else is garbage goes with time
                assertThat(System.nanoTime()).isLessThan(end);
            }
        } finally {
            gate.open.countDown();
            for (Socket socket : streams) {
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .contains("[DONE]");
                socket.close();
            }
        }
    }

    private static long heapInUse() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
