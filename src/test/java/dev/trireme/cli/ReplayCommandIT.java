package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.config.Json;
import dev.trireme.serve.TinyFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A log as {@code serve} leaves it, and {@code replay} as a user calls it. */
@Timeout(300)
class ReplayCommandIT {
    @TempDir
    private static Path folder;

    private static Path model;
    private static Path log;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void serveEightCalls() throws Exception {
        model = TinyFolder.write(folder.resolve("model"), 400);
        log = folder.resolve("calls.jsonl");
        ServerProcess server = ServerProcess.start(folder, "--model", model.toString(), "--log", log.toString());
        for (int i = 0; i < 8; i++) {
            HttpResponse<String> response = server.post(
                            "{\"prompt\": \"Satz " + i + "\", \"max_tokens\": 12, \"stream\": " + (i % 2 == 0) + "}")
                    .join();
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
        server.terminate();
        assertThat(server.process().exitCode()).as(server.process().errors()).isZero();
        assertThat(Files.readAllLines(log)).hasSize(8);
    }

    private int replay(Path calls, String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("replay", "--quiet", "--log", calls.toString(), "--model", model.toString()));
        arguments.addAll(List.of(options));
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments.toArray(String[]::new));
    }

    @Test
    void everyByteIsEqualOnAnotherLayout() {
        assertThat(replay(log)).as(err.toString()).isZero();
        assertThat(replay(log, "--stages", "2", "--world-size", "2"))
                .as(err.toString())
                .isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(2 * 9);
        assertThat(lines.subList(0, 9)).isEqualTo(lines.subList(9, 18));
        assertThat(lines.get(0)).matches("line 1, request [0-9a-f]{64}: equal");
        assertThat(lines.get(7)).matches("line 8, request [0-9a-f]{64}: equal");
        assertThat(lines.get(8)).isEqualTo("8 of 8 calls have every byte equal; the log has 8");
    }

    @Test
    void aShareIsRunTheSameEachTime() {
        assertThat(replay(log, "--sample", "0.5")).as(err.toString()).isZero();
        assertThat(out.toString()).endsWith(": equal\n4 of 4 calls have every byte equal; the log has 8\n");
        assertThat(replay(log, "--sample", "0.001")).isEqualTo(2);
        assertThat(err.toString()).contains("of 8 calls in " + log + " none was run; use a larger --sample");
        assertThat(replay(log, "--sample", "0")).isEqualTo(2);
        assertThat(err.toString()).contains("--sample is 0.0; use a share above 0 up to 1");
    }

    @Test
    void aTokenThatWasChangedIsNamedAndTheExitCodeIsOne() throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(log));
        lines.set(2, lines.get(2).replace(tokens(lines.get(2)), tokens(lines.get(3))));
        Path changed = Files.write(folder.resolve("changed.jsonl"), lines);
        assertThat(replay(changed)).isEqualTo(1);
        assertThat(out.toString().replaceAll(" [0-9a-f]{64}", " …"))
                .contains("line 2, request …: equal\nline 3, request …: not equal: tokens\nline 4, request …: equal\n")
                .endsWith("7 of 8 calls have every byte equal; the log has 8\n");
    }

    private static String tokens(String line) throws IOException {
        return Json.STRICT_FILE.readTree(line).at("/receipt/tokens").asText();
    }

    /** As a server leaves it that is killed while it writes. */
    @Test
    void aLineThatIsTornIsNamedAndTheExitCodeIsOne() throws IOException {
        String whole = Files.readString(log);
        Path torn = Files.writeString(folder.resolve("torn.jsonl"), whole.substring(0, whole.length() - 100));
        assertThat(replay(torn)).isEqualTo(1);
        assertThat(out.toString().lines())
                .hasSize(9)
                .anyMatch(line -> line.startsWith("line 8, request unknown: could not be run: it is no JSON"))
                .contains("7 of 8 calls have every byte equal; the log has 8");
    }

    @Test
    void aLogThatIsNotThereIsNamed() {
        Path missing = folder.resolve("missing.jsonl");
        assertThat(replay(missing)).isEqualTo(3);
        assertThat(err.toString()).contains(missing + ": cannot be read");
    }
}
