package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.chat.ChatTemplate;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.Json;
import dev.trireme.config.PipelineLayout;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.Weights;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.TextModel;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers are proved by running them again, and what was changed meanwhile is named. */
@Timeout(120)
class ReceiptIT {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final long[] SEEDS = {Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MIN_VALUE, -1};
    private static final int CALLS = 11 + SEEDS.length;

    @TempDir
    private Path folder;

    private Path log;

    @BeforeEach
    void answerAndLog() throws Exception {
        log = folder.resolve("calls.jsonl");
        TinyFolder.write(folder.resolve("model"), 400);
        writeTemplate("assistant: ");
        try (RequestLog opened = RequestLog.open(log);
                Loaded loaded = new Loaded(1, 1);
                ModelServer server = ModelServer.start(
                        loaded.model,
                        ServerConfig.DEFAULTS.on("127.0.0.1", 0),
                        new Receipts(loaded.fingerprints, Optional.of(opened)))) {
            for (int i = 0; i < 6; i++) {
                JsonNode answer = post(
                        server, "/v1/completions", "{\"prompt\": \"Satz " + i + "\", \"max_tokens\": 12, \"n\": 2}");
                assertThat(answer.at("/receipt/tokens").asText()).hasSize(64);
                assertThat(OffsetDateTime.parse(answer.at("/receipt/time").asText()))
                        .isBefore(OffsetDateTime.now(ZoneOffset.UTC));
                assertThat(answer.at("/choices/0/logprobs").isNull()).isTrue();
                JsonNode seed = answer.at("/receipt/seed"); // drawn for any client
                assertThat(seed.isIntegralNumber()).isTrue();
                assertThat(seed.longValue()).isNotNegative().isLessThan(1L << 53);
            }
            post(
                    server,
                    "/v1/chat/completions",
                    "{\"messages\": [{\"role\": \"user\", \"content\": \"Hallo\"}], \"max_tokens\": 20, \"seed\": 7}");
            String stream = send(
                    server,
                    "/v1/chat/completions",
                    "{\"messages\": [{\"role\": \"user\", \"content\": \"Hallo\"}], \"max_tokens\": 20, \"stream\": true}");
            assertThat(stream).containsSubsequence("\"receipt\":{\"weights\":\"", "[DONE]");
            for (String more : List.of("", ", \"pooling\": \"last\", \"encoding_format\": \"base64\"")) {
                JsonNode answer = post(server, "/v1/embeddings", "{\"input\": [\"Satz\", \"Haus\"]" + more + "}");
                assertThat(answer.at("/receipt/vectors").asText()).hasSize(64);
                assertThat(answer.at("/receipt/seed").isMissingNode()).isTrue();
            }
            post(server, "/v1/completions", "{\"prompt\": \"Satz und Haus\", \"max_tokens\": 0, \"echo\": true}");
            for (long seed : SEEDS) {
                JsonNode answer = post(
                        server,
                        "/v1/completions",
                        "{\"prompt\": \"Satz\", \"max_tokens\": 12, \"seed\": " + seed + "}");
                assertThat(answer.at("/receipt/seed")).hasToString(Long.toString(seed));
            }
        }
        assertThat(Files.readAllLines(log)).hasSize(CALLS);
    }

    private void writeTemplate(String end) throws IOException {
        Files.writeString(
                folder.resolve("model/chat_template.jinja"),
                "{% for m in messages %}<pad>{{ m.role }}: {{ m.content }}<eos>{% endfor %}" + end);
    }

    /** The model on so many copies and stages. */
    private final class Loaded implements AutoCloseable {
        final TextModel model;
        final Fingerprints fingerprints;

        Loaded(int copies, int stages) {
            EngineConfig settings = EngineConfig.of(
                    new GenerationLayout(PipelineLayout.of(stages, "even"), 0, copies, "cpu", 1), Weights.FLOAT32);
            try (HuggingFaceFolder files = HuggingFaceFolder.open(folder.resolve("model"))) {
                Optional<ChatTemplate> template = Optional.of(ChatTemplate.of(folder.resolve("model")));
                model = new TextModel(
                        "tiny", Engine.open(files, settings), Tokenizer.open(files.tokenizer()), template);
                fingerprints = Fingerprints.of(files, template, settings, "test");
            }
        }

        @Override
        public void close() {
            model.engine().close();
            model.tokenizer().close();
        }
    }

    private List<Replay.Result> replay(int copies, int stages) throws InterruptedException {
        List<Replay.Result> results = new ArrayList<>();
        try (Loaded loaded = new Loaded(copies, stages)) {
            assertThat(new Replay(loaded.model, loaded.fingerprints, 1).run(log, results::add))
                    .isEqualTo(CALLS);
        }
        return results;
    }

    @Test
    void everyLayoutGivesEveryByteAgain() throws Exception {
        for (int[] layout : new int[][] {{1, 1}, {2, 1}, {1, 2}, {2, 2}}) {
            assertThat(replay(layout[0], layout[1])).hasSize(CALLS).allMatch(Replay.Result::isEqual);
        }
    }

    /** Two that are one float64 draw differently, here and in a replay. */
    @Test
    void allBitsOfASeedCount() throws Exception {
        Set<String> tokens = new HashSet<>();
        for (String line : Files.readAllLines(log).subList(CALLS - SEEDS.length, CALLS)) {
            tokens.add(read(line).at("/receipt/tokens").asText());
        }
        assertThat(tokens).hasSize(SEEDS.length);
        List<String> lines = new ArrayList<>(Files.readAllLines(log));
        lines.replaceAll(line -> line.replace("\"seed\":" + Long.MAX_VALUE, "\"seed\":" + (Long.MAX_VALUE - 1)));
        Files.write(log, lines);
        List<Replay.Result> results = replay(1, 1);
        assertThat(results.get(CALLS - SEEDS.length).differences()).contains("request", "tokens");
        assertThat(results.stream().filter(Replay.Result::isEqual)).hasSize(CALLS - 1);
    }

    @Test
    void aBitOfAWeightIsNamed() throws Exception {
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("model/model.safetensors").toFile(), "rw")) {
            file.seek(file.length() - 1000);
            int before = file.read();
            file.seek(file.length() - 1000);
            file.write(before ^ 1);
        }
        assertThat(replay(1, 1))
                .allMatch(result -> result.differences().contains("weights"))
                .noneMatch(result -> result.differences().contains("template"));
    }

    @Test
    void aByteOfATemplateIsNamed() throws Exception {
        writeTemplate("assistant:. ");
        List<Replay.Result> results = replay(1, 1);
        assertThat(results).allMatch(result -> result.differences().contains("template"));
        assertThat(results.get(0).differences()).containsExactly("template"); // no chat: the same tokens
        assertThat(results.get(6).differences()).contains("tokens");
    }

    @Test
    void aTokenOfTheLogIsNamedAndOfTheRequestToo() throws Exception {
        List<String> lines = new ArrayList<>(Files.readAllLines(log));
        String tokens = read(lines.get(2)).at("/receipt/tokens").asText();
        lines.set(
                2,
                lines.get(2)
                        .replace(
                                tokens, read(lines.get(3)).at("/receipt/tokens").asText()));
        lines.set(4, lines.get(4).replace("Satz 4", "Satz 5"));
        lines.set(8, lines.get(8).replace("\"vectors\":\"", "\"vectors\":\"0"));
        lines.set(9, lines.get(9).replace("Haus", "Baum"));
        Files.write(log, lines);
        List<Replay.Result> results = replay(1, 1);
        assertThat(results.get(2).differences()).containsExactly("tokens");
        assertThat(results.get(2).request())
                .isEqualTo(read(lines.get(2)).at("/receipt/request").asText());
        assertThat(results.get(4).differences()).contains("request");
        assertThat(results.get(8).differences()).containsExactly("vectors");
        assertThat(results.get(9).differences()).containsExactly("request", "vectors");
        assertThat(results.stream().filter(Replay.Result::isEqual)).hasSize(CALLS - 4);
    }

    @Test
    void aLineThatIsNoneIsNamedAndTheOthersAreRun() throws Exception {
        List<String> lines = new ArrayList<>(Files.readAllLines(log));
        lines.set(1, lines.get(1).substring(0, 40));
        Files.write(log, lines);
        List<Replay.Result> results = replay(1, 1);
        assertThat(results.get(1).failure().orElseThrow()).contains("no JSON", "cut or edited");
        assertThat(results.stream().filter(Replay.Result::isEqual)).hasSize(CALLS - 1);
    }

    @Test
    void theEndsOfTextAreOfTheConfiguration() throws Exception {
        Files.writeString(folder.resolve("model/generation_config.json"), "{\"eos_token_id\": 7}");
        assertThat(replay(1, 1)).allMatch(result -> result.differences().contains("config"));
    }

    @Test
    void theLogIsItsOwnersAlone() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
                .isEqualTo("rw-------");
    }

    private static JsonNode post(ModelServer server, String path, String body) throws Exception {
        return read(send(server, path, body));
    }

    private static String send(ModelServer server, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    private static JsonNode read(String json) {
        try {
            return Json.STRICT_FILE.readTree(json);
        } catch (IOException e) {
            throw new AssertionError(json, e);
        }
    }
}
