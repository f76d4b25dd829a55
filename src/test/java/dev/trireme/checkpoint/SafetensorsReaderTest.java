package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsReaderTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        // First value, last value and sum of squares in double, as PyTorch 2.10 gives them.
        "transformer.wte.weight, 211, 32, -0.03413514792919159, 0.05855236575007439, 42.417817300603915",
        "transformer.wpe.weight, 64, 32, -0.004727581515908241, 0.10088951885700226, 12.678700174821376",
        "transformer.h.1.attn.c_attn.weight, 32, 96, -0.08892714977264404, -0.13271130621433258, 19.443374613542147",
    })
    void readsTheValuesThatPyTorchReads(String name, long rows, long columns, float first, float last, double squares)
            throws Exception {
        Path golden = Path.of(
                getClass().getResource("/golden/gpt2-tiny/model.safetensors").toURI());
        try (SafetensorsReader reader = SafetensorsReader.open(golden)) {
            TensorEntry tensor = reader.tensor(name);
            assertThat(tensor.type()).isEqualTo(DataType.F32);
            assertThat(tensor.shape()).containsExactly(rows, columns);
            ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            reader.read(tensor, bytes);
            FloatBuffer values = bytes.flip().asFloatBuffer();
            assertThat(values.get(0)).isEqualTo(first);
            assertThat(values.get(values.limit() - 1)).isEqualTo(last);
            double sum = 0;
            while (values.hasRemaining()) {
                double value = values.get();
                sum += value * value;
            }
            assertThat(sum).isCloseTo(squares, within(1e-9));
            assertThat(reader.metadata()).containsOnly(Map.entry("format", "pt"));
            assertThat(reader.tensors()).hasSize(28);
        }
    }

    @Test
    void acceptsEmptyTensorsAtAnyBorderScalarsAndNoTensors() throws IOException {
        String header = "{'b':{'dtype':'F32','shape':[],'data_offsets':[2,6]},"
                + "'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},"
                + "'empty':{'dtype':'I64','shape':[3,0],'data_offsets':[2,2]},"
                + "'also empty':{'dtype':'F16','shape':[0],'data_offsets':[2,2]}}  ";
        try (SafetensorsReader reader = SafetensorsReader.open(write(RawSafetensors.file(header, 6)))) {
            assertThat(reader.tensors()).containsOnlyKeys("a", "b", "empty", "also empty");
            ByteBuffer scalar = ByteBuffer.allocate(4);
            reader.read(reader.tensor("b"), scalar);
            assertThat(scalar.array()).containsExactly(3, 4, 5, 6);
            reader.read(reader.tensor("empty"), ByteBuffer.allocate(0));
        }
        try (SafetensorsReader reader = SafetensorsReader.open(write(RawSafetensors.file("{}", 0)))) {
            assertThat(reader.tensors()).isEmpty();
            assertThatThrownBy(() -> reader.tensor("b"))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageEndingWith(": has no tensor b; get the file that has it");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsTensorsOfManyPiecesAndPartsOfThem(boolean direct) throws IOException {
        int size = 3_000_001;
        String header = "{'t':{'dtype':'U8','shape':[" + size + "],'data_offsets':[0," + size + "]}}";
        byte[] file = RawSafetensors.file(header, size);
        try (SafetensorsReader reader = SafetensorsReader.open(write(file))) {
            TensorEntry tensor = reader.tensor("t");
            ByteBuffer whole = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
            reader.read(tensor, whole);
            assertThat(whole.flip()).isEqualTo(ByteBuffer.wrap(file, file.length - size, size));
            ByteBuffer part = ByteBuffer.allocate(10).position(3).limit(7);
            reader.read(tensor, 1_000_000, part);
            assertThat(part.position()).isEqualTo(7);
            assertThat(part.flip().position(3)).isEqualTo(whole.slice(1_000_000, 4));
            assertThatThrownBy(() -> reader.read(tensor, size - 3, ByteBuffer.allocate(4)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("of t were asked for; it has 3000001");
            assertThatThrownBy(() -> reader.read(tensor, ByteBuffer.allocate(4)))
                    .hasMessageContaining("use 3000001");
        }
    }

    @Test
    void aFileThatShrinksWhileItIsReadIsAnError() throws IOException {
        String header = "{'t':{'dtype':'U8','shape':[4000],'data_offsets':[0,4000]}}";
        Path file = write(RawSafetensors.file(header, 4000));
        try (SafetensorsReader reader = SafetensorsReader.open(file);
                FileChannel other = FileChannel.open(file, StandardOpenOption.WRITE)) {
            other.truncate(2000);
            assertThatThrownBy(() -> reader.read(reader.tensor("t"), ByteBuffer.allocate(4000)))
                    .isInstanceOf(BadInputException.class)
                    .hasMessage(
                            file + ": tensor t at byte 2000: the file became shorter while it was read; get it again");
        }
    }

    @Test
    void whatIsNotARegularFileIsNotOpened() {
        for (Path path : List.of(folder, folder.resolve("absent"), Path.of("/dev/zero"))) {
            assertThatThrownBy(() -> SafetensorsReader.open(path))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("there is no such file");
        }
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("model.safetensors"), bytes);
    }
}
