package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve | 2 | Missing required option: '--model=DIR'",
                "serve --model nowhere | 3 | nowhere: there is no such folder; name a folder with config.json",
                "serve --model nowhere --port 65536 | 2 | --port is 65536; use 0 to 65535",
                "serve --model nowhere --drain -1 | 2 | --drain is -1; use seconds such as 30s, up to 86400",
                "serve --model nowhere --drain 1h | 2 | --drain is 1h; use seconds such as 30s, up to 86400",
                "serve --model nowhere --api-key-file nothing | 3 | nothing: cannot be read",
                "serve --model nowhere --tls-key nothing | 2 | --tls-key and --tls-certificate go together; give both",
                "serve --model nowhere --tls-key nothing --tls-certificate none | 3 | none: cannot be read",
                "serve --model nowhere --cache-dtype int8 | 2 | Invalid value for option '--cache-dtype'",
                "serve --model nowhere --stages 0 | 2 | --stages is 0; use 1 to 1024",
            })
    void wrongUseIsOneLineBeforeAnythingIsLoaded(String arguments, int code, String message) {
        assertThat(run(arguments.split(" "))).isEqualTo(code);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).startsWith("trireme: " + message);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aKeyFileHasAKey() throws IOException {
        Path file = Files.writeString(folder.resolve("key"), "\nsecret\n");
        assertThat(run("serve", "--model", "nowhere", "--api-key-file", file.toString()))
                .isEqualTo(3);
        assertThat(err.toString())
                .isEqualTo("trireme: " + file + ": its first line is empty; write the API key there\n");
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }
}
