package dev.trireme.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file here is refused with file, byte, and key or tensor named, and no folder is left. */
@Timeout(120)
class MalformedGgufIT {
    @TempDir
    private Path temporary;

    private static Raw raw() {
        return new Raw();
    }

    static Stream<Arguments> files() {
        return Stream.of(
                arguments("no magic", raw().u32(7), "at byte 0: the file does not begin with GGUF"),
                arguments("cut in the counts", raw().magic(3).u32(1), "at byte 12: the file ends here"),
                arguments("version 1", raw().magic(1).u64(0).u64(0), "at byte 4: the version is 1"),
                arguments("big endian", raw().magic(0x03000000).u64(0).u64(0), "big-endian"),
                arguments("2^63 tensors", raw().magic(3).u64(Long.MIN_VALUE).u64(0), "number of tensors is 9223372036"),
                arguments("too many keys", raw().head(0, 100_001), "number of keys is 100001"),
                arguments("long name", raw().head(0, 1).u64(1L << 40), "the length of its name is 1099511627776"),
                arguments("twice", raw().head(0, 2).flag("a", 1).flag("a", 1), "key a at byte 38: it is there twice"),
                arguments("truth", raw().head(0, 1).flag("a", 2), "truth value is 2"),
                arguments(
                        "unknown type", raw().head(0, 1).text("a").u32(13), "key a at byte 33: its type 13 is unknown"),
                arguments("nested", raw().head(0, 1).text("a").u32(9).u32(9).u64(1), "an array of arrays"),
                arguments(
                        "array longer than the file",
                        raw().head(0, 1).text("a").u32(9).u32(4).u64(1 << 20),
                        "its length is 1048576, more than 0"),
                arguments("not UTF-8", raw().head(0, 1).u64(1).bytes(0xff), "its name is not UTF-8"),
                arguments(
                        "alignment 48",
                        raw().head(0, 1).text("general.alignment").u32(4).u32(48),
                        "not a power of two"),
                arguments("no sizes", raw().head(1, 0).text("t").u32(0), "tensor t at byte 24: it has 0 sizes"),
                arguments("size 0", raw().head(1, 0).tensor("t", 0, 0, 4, 0), "has no rows of whole blocks"),
                arguments("half a block", raw().head(1, 0).tensor("t", 2, 0, 16, 1), "rows of whole blocks of 32"),
                arguments("type", raw().head(1, 0).tensor("t", 24, 0, 4, 1), "it is of type 24; Trireme reads [F32"),
                arguments(
                        "product",
                        raw().head(1, 0).tensor("t", 0, 0, 1L << 40, 1L << 40),
                        "shape [1099511627776, 1099511627776] is too large"),
                arguments("no data", raw().head(1, 0).tensor("t", 0, 0, 4, 1).align(), "its data ends at byte"),
                arguments(
                        "overlap",
                        raw().head(2, 0)
                                .tensor("t", 0, 0, 4, 1)
                                .tensor("u", 0, 0, 4, 1)
                                .align()
                                .zeros(64),
                        "tensor u at byte 65: its data at 0 overlaps"),
                arguments(
                        "hole",
                        raw().head(2, 0)
                                .tensor("t", 0, 0, 4, 1)
                                .tensor("u", 0, 64, 4, 1)
                                .align()
                                .zeros(96),
                        "leaves a hole"),
                arguments(
                        "unaligned",
                        raw().head(2, 0)
                                .tensor("t", 0, 0, 4, 1)
                                .tensor("u", 0, 16, 4, 1)
                                .align()
                                .zeros(64),
                        "with alignment 32 it begins at 32"),
                arguments(
                        "more bytes",
                        raw().head(1, 0).tensor("t", 0, 0, 4, 1).align().zeros(40),
                        "8 bytes belong to no tensor"),
                arguments("no keys", raw().head(0, 0).align(), "key general.architecture: is missing"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void aMalformedFileIsRefusedByKeyAndOffset(String name, Raw raw, String message) throws IOException {
        Path file = Files.write(temporary.resolve("x.gguf"), raw.toBytes());

        assertThatThrownBy(() -> write(file))
                .as(name)
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("x.gguf")
                .hasMessageContaining(message);
        assertThat(temporary.resolve("out")).doesNotExist();
    }

    @Test
    void aScaleThatIsNotANumberIsRefusedByTensorAndByte() throws IOException {
        byte[] bytes = Files.readAllBytes(GoldenGguf.file("qwen2.gguf"));
        GgufTensor tensor;
        try (GgufFile file = GgufFile.open(GoldenGguf.file("qwen2.gguf"))) {
            tensor = file.tensors().values().stream()
                    .filter(one -> one.type() == GgufType.Q8_0)
                    .findFirst()
                    .orElseThrow();
        }
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putShort((int) tensor.begin() + 34, (short) 0x7e00);
        Path file = Files.write(temporary.resolve("x.gguf"), bytes);

        assertThatThrownBy(() -> write(file))
                .hasMessageContaining(
                        "tensor " + tensor.name() + " at byte " + (tensor.begin() + 34) + ": value 32 is NaN");
        assertThat(temporary.resolve("out")).doesNotExist();
    }

    @Test
    void damageIsEitherRefusedOrHarmless() throws IOException {
        byte[] whole = Files.readAllBytes(GoldenGguf.file("qwen2.gguf"));
        Path file = temporary.resolve("x.gguf");
        long seed = 11;
        Random random = new Random(seed);
        int refused = 0;
        for (int round = 0; round < 150; round++) {
            byte[] bytes = whole.clone();
            // Half of the edits hit what stands before the tokens.
            bytes[random.nextInt(round % 2 == 0 ? 800 : bytes.length)] = (byte) random.nextInt(256);
            Files.write(file, round % 5 == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes);
            try {
                write(file);
            } catch (BadInputException e) {
                refused++;
            }
        }
        assertThat(refused).as("seed %d", seed).isGreaterThan(30);
    }

    private void write(Path file) {
        GgufImport.write(file, temporary.resolve("out"), (done, all) -> {});
    }

    /** Bytes of GGUF files, put together without a writer. */
    private static final class Raw {
        private final ByteBuffer bytes = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);

        Raw magic(int version) {
            return u32(0x46554747).u32(version);
        }

        Raw head(long tensors, long keys) {
            return magic(3).u64(tensors).u64(keys);
        }

        Raw u32(int value) {
            bytes.putInt(value);
            return this;
        }

        Raw u64(long value) {
            bytes.putLong(value);
            return this;
        }

        Raw bytes(int value) {
            bytes.put((byte) value);
            return this;
        }

        Raw zeros(int count) {
            bytes.put(new byte[count]);
            return this;
        }

        Raw align() {
            return zeros((32 - bytes.position() % 32) % 32);
        }

        Raw text(String text) {
            u64(text.length());
            bytes.put(text.getBytes(StandardCharsets.US_ASCII));
            return this;
        }

        Raw flag(String key, int value) {
            return text(key).u32(7).bytes(value);
        }

        Raw tensor(String name, int type, long offset, long... sizes) {
            text(name).u32(sizes.length);
            for (long size : sizes) {
                u64(size);
            }
            return u32(type).u64(offset);
        }

        byte[] toBytes() {
            return Arrays.copyOf(bytes.array(), bytes.position());
        }
    }
}
