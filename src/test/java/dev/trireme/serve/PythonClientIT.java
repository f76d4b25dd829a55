package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.Json;
import dev.trireme.generate.Embeddings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Python's openai, unmodified, against an engine of two copies of two stages; skipped where no python3 has it. */
@Timeout(180)
class PythonClientIT {
    @TempDir
    private Path folder;

    @Test
    void itChatsStreamsEmbedsCancelsAndUnderstandsErrors() throws Exception {
        assumeThat(python("-c", "import openai; print('there')"))
                .as("python3 has no openai")
                .contains("there");
        try (TinyServer tiny = TinyServer.start()) {
            JsonNode said = Json.STRICT_FILE.readTree(
                    python("src/test/resources/serve/client.py", tiny.server().address(), TinyServer.KEY));
            assertThat(said.path("text").asText())
                    .isNotEmpty()
                    .isEqualTo(said.path("streamed").asText());
            assertThat(said.path("choices").asInt()).isEqualTo(2);
            assertThat(said.path("probabilities").asInt())
                    .isEqualTo(said.path("tokens").asInt())
                    .isPositive();
            assertThat(said.path("best").asInt()).isEqualTo(3);
            assertThat(said.path("models").toString()).isEqualTo("[\"tiny\"]");
            assertThat(said.path("completion").asText()).startsWith("Das Haus");
            assertThat(said.path("errors").toString())
                    .isEqualTo("{\"temperature\":[\"BadRequestError\",\"invalid_value\"],"
                            + "\"model\":[\"NotFoundError\",\"model_not_found\"],"
                            + "\"key\":[\"AuthenticationError\",\"invalid_api_key\"]}");
            assertThat(said.path("same").asBoolean()).isTrue();
            assertThat(said.path("same_probabilities").asBoolean()).isTrue();
            float[] expected = new Embeddings(Embeddings.Pooling.MEAN, true)
                    .of(tiny.engine(), List.of(tiny.tokenizer().encodePrompt("Ein Baum")))
                    .get(0);
            for (int i = 0; i < expected.length; i++) {
                assertThat(said.path("vector").get(i).doubleValue()).isCloseTo(expected[i], within(1e-7));
            }
            while (tiny.engine().metrics().requests() > 0) {
                Thread.sleep(20);
            }
        }
    }

    private String python(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("python", "python3")));
        command.addAll(List.of(arguments));
        Path errors = folder.resolve("stderr");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        return code == 0 || arguments[0].equals("-c") ? out : Files.readString(errors);
    }
}
