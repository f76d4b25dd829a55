package dev.trireme.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CudaInstallationTest {
    @TempDir
    private Path folder;

    private final List<String> steps = new ArrayList<>();
    private final List<String> fetched = new ArrayList<>();
    private Path shop;
    private CudaWheel blas;
    private CudaWheel nccl;

    @BeforeEach
    void wheelsAreThere() throws IOException {
        shop = Files.createDirectory(folder.resolve("shop"));
        blas = wheel(
                "blas",
                Map.of(
                        "nvidia/cu13/lib/libcublas.so.13",
                        "blas",
                        "nvidia/cu13/lib/libnvblas.so.13",
                        "unused",
                        "nvidia/cu13/include/cublas.h",
                        "header",
                        "nvidia/cu13/lib/../../evil.so.1",
                        "outside"));
        nccl = wheel("nccl", Map.of("nvidia/nccl/lib/libnccl.so.2", "nccl"));
    }

    @Test
    void librariesOfAllWheelsLieInOneFolderAndNothingElseIsKept() throws IOException {
        Path libraries = installation(this::fetch).install();
        assertThat(names(libraries)).containsExactlyInAnyOrder("libcublas.so.13", "libnccl.so.2", "wheels.txt");
        assertThat(libraries.resolve("libcublas.so.13")).hasContent("blas");
        assertThat(names(folder.resolve("cuda"))).containsExactlyInAnyOrder(".lock", "lib");
        assertThat(steps).anyMatch(step -> step.startsWith("blas 1.0, 0 MB (1 of 2)"));
    }

    @Test
    void anInstallationThatIsThereIsNotFetchedAgainAndAnotherVersionIs() {
        installation(this::fetch).install();
        installation(this::fetch).install();
        assertThat(fetched).containsExactly("blas", "nccl");
        new CudaInstallation(folder.resolve("cuda"), List.of(nccl), this::fetch, listener()).install();
        assertThat(fetched).containsExactly("blas", "nccl", "nccl");
        assertThat(folder.resolve("cuda/lib/libcublas.so.13")).doesNotExist();
    }

    @Test
    void whatHasComeBeforeAnEndIsKeptForTheNextTry() {
        assertThatThrownBy(() -> installation((wheel, part, bytes) -> {
                            if (wheel.equals(nccl)) {
                                Files.writeString(part.resolve("half.whl.part"), "half");
                                throw new IOException("the network is gone");
                            }
                            fetch(wheel, part, bytes);
                        })
                        .install())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "CUDA's libraries cannot be installed in " + folder.resolve("cuda") + ": the network is gone");
        assertThat(folder.resolve("cuda/lib")).doesNotExist();
        assertThat(installation(this::fetch).install()).isDirectory();
        assertThat(fetched).containsExactly("blas", "nccl");
    }

    @Test
    void aFileWithAnotherHashIsRefused() {
        assertThatThrownBy(() -> installation((wheel, part, bytes) -> Files.writeString(part.resolve("a.whl"), "other"))
                        .install())
                .hasMessageContaining("blas 1.0 has SHA-256 ")
                .hasMessageContaining(" but " + blas.sha256() + " is pinned; it is not the file that was tested");
        assertThat(folder.resolve("cuda/lib")).doesNotExist();
    }

    @Test
    void aDiskWithoutRoomIsToldBeforeAnythingIsFetched() {
        CudaWheel huge = new CudaWheel("huge", "1.0", blas.sha256(), Long.MAX_VALUE / 4);
        assertThatThrownBy(() ->
                        new CudaInstallation(folder.resolve("cuda"), List.of(huge), this::fetch, listener()).install())
                .hasMessageContaining("GB of disk and")
                .hasMessageEndingWith("GB are free; free some");
        assertThat(fetched).isEmpty();
    }

    @Test
    void pipThatIsMissingFailsOrStandsStillIsAnErrorWithTheCure() throws IOException {
        Path part = Files.createDirectory(folder.resolve("part"));
        Duration soon = Duration.ofMillis(600);
        assertThatThrownBy(() -> new Pip(List.of("/no/python3"), soon).fetch(blas, part, bytes -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/no/python3 cannot be started")
                .hasMessageContaining("apt-get install python3-pip");
        assertThatThrownBy(() -> new Pip(List.of("bash", "-c", "echo no such package; exit 3"), soon)
                        .fetch(blas, part, bytes -> {}))
                .hasMessageStartingWith("pip could not fetch blas==1.0: no such package; with pip");
        assertThatThrownBy(() -> new Pip(List.of("bash", "-c", "sleep 50"), soon).fetch(blas, part, bytes -> {}))
                .hasMessageStartingWith("pip has fetched nothing of blas for ");
    }

    @Test
    void whatIsPinnedHasAVersionAHashAndASize() {
        assertThat(CudaWheel.pinned())
                .hasSize(6)
                .allMatch(wheel -> wheel.bytes() > 10_000_000)
                .extracting(CudaWheel::name)
                .contains("nvidia-cublas", "nvidia-cudnn-cu13", "nvidia-nccl-cu13", "nvidia-nvjitlink");
    }

    private CudaInstallation installation(CudaInstallation.Source source) {
        return new CudaInstallation(folder.resolve("cuda"), List.of(blas, nccl), source, listener());
    }

    private void fetch(CudaWheel wheel, Path part, LongConsumer bytes) throws IOException {
        fetched.add(wheel.name());
        bytes.accept(1);
        Files.copy(shop.resolve(wheel.name() + ".whl"), part.resolve(wheel.name() + "-1.0-any.whl"));
    }

    private CudaInstallation.Listener listener() {
        return new CudaInstallation.Listener() {
            @Override
            public void begin(String step) {
                steps.add(step);
            }

            @Override
            public void fetched(CudaWheel wheel, long bytes) {
                steps.add(wheel.name() + " " + bytes);
            }
        };
    }

    private CudaWheel wheel(String name, Map<String, String> entries) throws IOException {
        Path file = shop.resolve(name + ".whl");
        try (OutputStream bytes = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, String> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
        return new CudaWheel(name, "1.0", Sha256.of(file), Files.size(file));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
