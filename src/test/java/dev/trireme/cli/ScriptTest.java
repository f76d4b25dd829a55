package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/trireme}, before it starts Java. */
@Timeout(60)
class ScriptTest {
    @Test
    void tooFewAddressesAreToldInOneLineInsteadOfACrash(@TempDir Path folder) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "bash",
                        "-c",
                        "ulimit -v 4000000; exec \"$0\" --help",
                        Path.of("bin/trireme").toAbsolutePath().toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(12);
        assertThat(output.lines())
                .singleElement()
                .asString()
                .startsWith("trireme: the address space is limited to 4000000 KB (ulimit -v)");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }
}
