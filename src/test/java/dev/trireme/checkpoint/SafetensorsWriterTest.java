package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trireme.config.ExitCode;
import dev.trireme.engine.ParameterInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
    private static final ParameterInfo MATRIX = new ParameterInfo("matrix", List.of(2L, 3L));
    private static final ParameterInfo SCALAR = new ParameterInfo("scalar", List.of());
    private static final ParameterInfo EMPTY = new ParameterInfo("empty", List.of(0L, 7L));

    @TempDir
    private Path folder;

    @Test
    void writesWhatTheReaderReadsPieceByPiece() {
        Path file = folder.resolve("x.safetensors");
        SafetensorsWriter.write(file, List.of(MATRIX, EMPTY, SCALAR), (tensor, output) -> {
            for (int i = 0; i < tensor.count(); i++) {
                output.accept(floats(tensor.name().length() + i));
            }
        });
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThat(reader.metadata()).containsEntry("format", "pt");
            assertThat(reader.tensors()).containsOnlyKeys("matrix", "empty", "scalar");
            ByteBuffer values = ByteBuffer.allocate(24);
            reader.read(reader.tensor("matrix"), values);
            assertThat(values.flip()).isEqualTo(floats(6, 7, 8, 9, 10, 11));
            assertThat(reader.tensor("matrix").begin() % 8).isZero();
            assertThat(reader.tensor("empty").shape()).containsExactly(0L, 7L);
        }
        assertThat(folder).isDirectoryContaining(path -> path.equals(file));
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    void aWrongCountOfBytesLeavesTheOldFile() throws IOException {
        Path file = Files.writeString(folder.resolve("x.safetensors"), "old");
        assertThatThrownBy(() ->
                        SafetensorsWriter.write(file, List.of(MATRIX), (tensor, output) -> output.accept(floats(1, 2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tensor matrix [2, 3] got 8 bytes; hand out 24");
        assertThat(file).hasContent("old");
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    void aFullDiskLeavesTheOldFileAndTellsTheFreeSpace() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "skipped: /dev/full plays the full disk");
        Path file = Files.writeString(folder.resolve("x.safetensors"), "old");
        Files.createSymbolicLink(folder.resolve(".x.safetensors.tmp"), full);
        assertThatThrownBy(() ->
                        SafetensorsWriter.write(file, List.of(SCALAR), (tensor, output) -> output.accept(floats(1))))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(file + ": cannot be written (")
                .hasMessageContaining("No space left on device")
                .hasMessageContaining(" MB free in " + folder)
                .matches(failure -> ExitCode.of(failure) == ExitCode.CHECKPOINT);
        assertThat(file).hasContent("old");
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    void aMissingFolderIsACheckpointFailure() {
        Path file = folder.resolve("absent").resolve("x.safetensors");
        assertThatThrownBy(() -> SafetensorsWriter.write(file, List.of(), (tensor, output) -> {}))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(file + ": cannot be written: there is no folder ");
    }

    @Test
    void aNameTwiceIsRefused() {
        assertThatThrownBy(() ->
                        SafetensorsWriter.write(folder.resolve("x"), List.of(SCALAR, SCALAR), (tensor, output) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tensor scalar is there twice; use each name once");
    }

    private static ByteBuffer floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }
}
