package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every field of every call with values of every wrong kind, one at a time: each is refused with its name, half of them
 * while valid requests run, whose answers must not change.
 */
@Timeout(300)
class WrongFieldsIT {
    /** What a field takes, and so what it must refuse. */
    private enum Kind {
        TEXT("5", "true", "[]", "{}", "-1.5"),
        FLAG("'yes'", "1", "[]", "{}", "0.0"),
        COUNT("'3'", "true", "[]", "{}", "1.5", "-1", "99999999999999999999"),
        NUMBER("'1'", "true", "[]", "{}", "-1e9", "1e9"),
        WHOLE("'1'", "true", "[]", "{}", "1.5", "99999999999999999999"),
        TEXTS("5", "true", "{}", "[5]", "['']", "['a', 1]", "['\\u0000', {}]"),
        OBJECT("'x'", "5", "true", "[]", "[{}]"),
        PROMPT(
                "5",
                "true",
                "{}",
                "[]",
                "[true]",
                "[1, 'a']",
                "[[]]",
                "[-1]",
                "[600]",
                "[1.5]",
                "[[1], [2.5]]",
                "''",
                "['']"),
        MESSAGES(
                "5",
                "'x'",
                "{}",
                "[]",
                "[5]",
                "['x']",
                "[{}]",
                "[{'role': 5}]",
                "[{'role': null}]",
                "[{'content': 'x'}]"),
        ABSENT("5", "'x'", "true", "[1]", "{'a': 1}");

        private final String all;

        Kind(String... wrong) {
            all = String.join("\n", wrong);
        }

        List<String> wrong() {
            return all.lines().toList();
        }
    }

    private record Case(String path, String body, String field) {}

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @AutoClose
    private static TinyServer tiny;

    @BeforeAll
    static void start() {
        tiny = TinyServer.start();
    }

    private static Map<String, Kind> fields(String path) {
        Map<String, Kind> fields = new LinkedHashMap<>();
        fields.put("model", Kind.TEXT);
        fields.put("an_unknown_field", Kind.ABSENT);
        if (path.contains("completions")) {
            for (String name :
                    new String[] {"temperature", "top_p", "min_p", "presence_penalty", "frequency_penalty"}) {
                fields.put(name, Kind.NUMBER);
            }
            fields.put("repetition_penalty", Kind.NUMBER);
            fields.put("n", Kind.COUNT);
            fields.put("top_k", Kind.COUNT);
            fields.put("max_tokens", Kind.COUNT);
            fields.put("seed", Kind.WHOLE);
            fields.put("stop", Kind.TEXTS);
            fields.put("stream", Kind.FLAG);
            fields.put("ignore_eos", Kind.FLAG);
            fields.put("stream_options", Kind.OBJECT);
            fields.put("logit_bias", Kind.OBJECT);
        }
        switch (path) {
            case "/v1/completions" -> {
                fields.put("prompt", Kind.PROMPT);
                fields.put("logprobs", Kind.COUNT);
                fields.put("best_of", Kind.COUNT);
                fields.put("echo", Kind.FLAG);
                fields.put("suffix", Kind.ABSENT);
            }
            case "/v1/chat/completions" -> {
                fields.put("messages", Kind.MESSAGES);
                fields.put("logprobs", Kind.FLAG);
                fields.put("top_logprobs", Kind.COUNT);
                fields.put("max_completion_tokens", Kind.COUNT);
                fields.put("chat_template_kwargs", Kind.OBJECT);
                fields.put("response_format", Kind.OBJECT);
                fields.put("functions", Kind.ABSENT);
                fields.put("audio", Kind.ABSENT);
            }
            case "/v1/embeddings" -> {
                fields.put("input", Kind.PROMPT);
                fields.put("dimensions", Kind.COUNT);
                fields.put("encoding_format", Kind.TEXT);
                fields.put("pooling", Kind.TEXT);
                fields.put("normalize", Kind.FLAG);
            }
            case "/tokenize" -> {
                fields.put("prompt", Kind.TEXT);
                fields.put("add_special_tokens", Kind.FLAG);
            }
            default -> throw new IllegalArgumentException(path);
        }
        return fields;
    }

    private static final Map<String, String> VALID = new LinkedHashMap<>(Map.of(
            "/v1/completions", "{\"prompt\": \"Das Haus\", \"max_tokens\": 20, \"temperature\": 0}",
            "/v1/chat/completions",
                    "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"max_tokens\": 20, \"seed\": 4}",
            "/v1/embeddings", "{\"input\": \"Das Haus\"}",
            "/tokenize", "{\"prompt\": \"Das Haus\"}"));

    private static String valid(String path) {
        return Objects.requireNonNull(VALID.get(path), path);
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        VALID.forEach((path, body) -> fields(path).forEach((field, kind) -> {
            for (String wrong : kind.wrong()) {
                ObjectNode changed = (ObjectNode) read(body);
                changed.set(field, read(wrong.replace('\'', '"')));
                cases.add(new Case(path, changed.toString(), field));
            }
        }));
        return cases;
    }

    /** Bodies that are no JSON object of a call at all. */
    private static List<Case> broken() {
        List<Case> cases = new ArrayList<>();
        VALID.forEach((path, body) -> {
            for (int end = 0; end < body.length(); end += 2) {
                cases.add(new Case(path, body.substring(0, end), "-"));
            }
            cases.add(new Case(path, body + "}", "-"));
            cases.add(new Case(path, body + body, "-"));
            cases.add(new Case(path, body.replace('"', '\''), "-"));
            cases.add(new Case(path, body.substring(0, body.length() - 1) + ", " + body.substring(1), "-"));
            cases.add(new Case(path, "[" + body + "]", "-"));
            cases.add(new Case(path, "null", "-"));
            cases.add(new Case(path, "NaN", "-"));
            cases.add(new Case(path, "{".repeat(5000), "-"));
        });
        return cases;
    }

    @Test
    void everyWrongValueIsRefusedByTheNameOfItsField() {
        List<Case> cases = cases();
        assertThat(cases).hasSizeGreaterThan(300);
        checkAll(cases);
    }

    @Test
    void everyBrokenBodyIsRefused() {
        List<Case> cases = broken();
        assertThat(cases).hasSizeGreaterThan(100);
        checkAll(cases);
    }

    private static void checkAll(List<Case> cases) {
        Map<String, JsonNode> expected = new LinkedHashMap<>();
        VALID.forEach((path, body) -> expected.put(path, plain(send(path, body).join())));
        List<CompletableFuture<Void>> valid = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            Case one = cases.get(i);
            if (i % 8 == 0) { // answered while the next four are refused; the four after run alone
                expected.forEach((path, answer) -> valid.add(send(path, valid(path))
                        .thenAccept(response -> assertThat(plain(response)).isEqualTo(answer))));
            } else if (i % 8 == 4) {
                valid.forEach(CompletableFuture::join);
                valid.clear();
            }
            HttpResponse<String> response = send(one.path, one.body).join();
            assertThat(response.statusCode()).as("%s: %s", one, response.body()).isBetween(400, 499);
            JsonNode error = read(response.body()).path("error");
            assertThat(error.path("message").asText()).as("%s", one).isNotEmpty();
            assertThat(error.path("type").asText()).as("%s", one).isEqualTo("invalid_request_error");
            assertThat(error.path("code").asText()).as("%s", one).isNotEmpty();
            if (!one.field.equals("-") && !one.field.equals("model")) {
                assertThat(error.path("message").asText() + error.path("param").asText())
                        .as("%s", one)
                        .contains(one.field);
            }
        }
        valid.forEach(CompletableFuture::join);
        assertThat(send("/v1/completions", valid("/v1/completions")).join().statusCode())
                .isEqualTo(200);
    }

    /** An answer without what differs from call to call. */
    private static JsonNode plain(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        ObjectNode answer = (ObjectNode) read(response.body());
        answer.remove(List.of("id", "created", "usage"));
        if (answer.get("receipt") instanceof ObjectNode receipt) {
            receipt.remove(
                    List.of("time", "seed", "request")); // what is left has hashes of tokens and log-probabilities
        }
        return answer;
    }

    private static CompletableFuture<HttpResponse<String>> send(String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(tiny.server().address() + path))
                .header("Authorization", "Bearer " + TinyServer.KEY)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode read(String json) {
        try {
            return Json.STRICT_FILE.readTree(json);
        } catch (IOException e) {
            throw new AssertionError(json, e);
        }
    }
}
