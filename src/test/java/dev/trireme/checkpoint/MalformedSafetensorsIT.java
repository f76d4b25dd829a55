package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every file here is refused with file, byte and tensor named, and with little memory allocated on the way. */
class MalformedSafetensorsIT {
    private static final String TWO = "{'__metadata__':{'format':'pt'},"
            + "'a':{'dtype':'F32','shape':[2,3],'data_offsets':[0,24]},"
            + "'b':{'dtype':'F16','shape':[4],'data_offsets':[24,32]}}";

    @TempDir
    private Path folder;

    static Stream<Arguments> headers() {
        String rest = "'data_offsets':[0,8]}}";
        return Stream.of(
                // Offsets.
                tensors(
                        "overlap",
                        "a F32 [2] 0 8, b F32 [2] 4 12",
                        12,
                        "tensor b at byte",
                        "claim more than the file's 12 bytes"),
                tensors("hole", "a F32 [2] 0 8, b F32 [2] 12 20", 20, "tensor b at byte", "leaves a hole"),
                tensors("same bytes twice", "a F32 [2] 0 8, b F32 [2] 0 8", 16, "tensor b at byte", "overlaps"),
                tensors("trailing bytes", "a F32 [2] 0 8", 11, "at byte 70: 3 bytes belong to no tensor"),
                tensors("data but no tensor", "", 8, "at byte 10: 8 bytes belong to no tensor"),
                tensors("begin behind end", "a F32 [2] 8 0", 8, "tensor a at byte", "data_offsets [8, 0]"),
                tensors("end behind the file", "a F32 [2] 0 8", 7, "tensor a at byte", "data_offsets [0, 8]"),
                tensors("first offset not 0", "a F32 [2] 4 12", 12, "tensor a at byte", "leaves a hole"),
                tensors("negative offset", "a F32 [2] -8 0", 8, "tensor a at byte", "data_offsets [-8, 0]"),
                tensors("offset of 2^63", "a F32 [2] 0 9223372036854775808", 8, "tensor a at byte", "out of range"),
                tensors("three offsets", "a F32 [2] 0 4,8", 8, "tensor a at byte", "data_offsets [0, 4, 8]"),
                tensors("size is not the shape's", "a F32 [3] 0 8", 8, "tensor a", "F32 [3] takes 12 bytes"),
                tensors("empty tensor inside another", "a U8 [4] 0 4, b U8 [0] 2 2", 4, "tensor b", "overlaps"),
                // Shapes.
                tensors(
                        "product overflows",
                        "a F32 [2,9223372036854775807] 0 8",
                        8,
                        "tensor a",
                        "negative or too large"),
                tensors("product wraps to 8", "a U8 [4294967296,4294967296,8] 0 8", 8, "tensor a", "too large"),
                tensors("negative sizes", "a F32 [-1,-2] 0 8", 8, "tensor a at byte", "negative or too large"),
                tensors("fraction", "a F32 [2.0] 0 8", 8, "tensor a at byte", "instead of VALUE_NUMBER_INT"),
                tensors("exponent", "a F32 [2e0] 0 8", 8, "tensor a at byte", "instead of VALUE_NUMBER_INT"),
                tensors("text", "a F32 ['2'] 0 8", 8, "tensor a at byte", "instead of VALUE_NUMBER_INT"),
                tensors("size of 1000 digits", "a F32 [1" + "0".repeat(999) + "] 0 8", 8, "tensor a", "out of range"),
                tensors("65 dimensions", "a U8 [" + "1,".repeat(64) + "8] 0 8", 8, "tensor a", "more than 64"),
                tensors("a size is null", "a F32 [null] 0 8", 8, "tensor a", "instead of VALUE_NUMBER_INT"),
                // Types.
                tensors("unknown type", "a F31 [2] 0 8", 8, "tensor a at byte", "dtype F31 is unknown"),
                tensors("type below a byte", "a F4 [16] 0 8", 8, "tensor a at byte", "dtype F4 is unknown"),
                tensors("lower case type", "a f32 [2] 0 8", 8, "tensor a at byte", "dtype f32 is unknown"),
                // Names.
                tensors("name of 1 MB", "n".repeat(1_000_000) + " F32 [2] 0 8", 8, "Name length"),
                tensors("NUL in a name", "a\\u0000 F32 [2] 0 8", 8, "control characters or ../"),
                tensors("path as a name", "../../a F32 [2] 0 8", 8, "tensor ../../a", "control characters or ../"),
                tensors("name twice", "a U8 [4] 0 4, a U8 [4] 4 8", 8, "Duplicate", "'a'"),
                // JSON.
                header("no dtype", "{'a':{'shape':[2]," + rest, 8, "tensor a at byte", "is missing"),
                header("no shape", "{'a':{'dtype':'F32'," + rest, 8, "tensor a at byte", "is missing"),
                header("no offsets", "{'a':{'dtype':'F32','shape':[2]}}", 8, "tensor a at byte", "is missing"),
                header("another key", "{'a':{'x':1,'dtype':'F32','shape':[2]," + rest, 8, "key x is not in the format"),
                header("key twice", "{'a':{'shape':[2],'shape':[2],'dtype':'F32'," + rest, 8, "tensor a", "Duplicate"),
                header("tensor is a list", "{'a':[]}", 0, "tensor a at byte 13", "its description is START_ARRAY"),
                header(
                        "shape is a number",
                        "{'a':{'dtype':'F32','shape':2," + rest,
                        8,
                        "tensor a",
                        "shape is VALUE_NUM"),
                header(
                        "dtype is a number",
                        "{'a':{'dtype':32,'shape':[2]," + rest,
                        8,
                        "tensor a",
                        "dtype is VALUE_NUM"),
                header("metadata is a number", "{'__metadata__':1}", 0, "at byte", "__metadata__ is VALUE_NUMBER_INT"),
                header("metadata of numbers", "{'__metadata__':{'k':1}}", 0, "at byte", "__metadata__.k is VALUE_NUM"),
                header("metadata twice", "{'__metadata__':{},'__metadata__':{}}", 0, "at byte", "Duplicate"),
                header("metadata key twice", "{'__metadata__':{'k':'','k':''}}", 0, "at byte", "Duplicate"),
                header(
                        "text of 20 MB",
                        "{'__metadata__':{'k':'" + "x".repeat(20_000_000) + "'}}",
                        0,
                        "String value length"),
                header("100,000 deep", "{'a':" + "[".repeat(100_000), 0, "tensor a at byte 13"),
                header("not an object", "[1]", 0, "at byte 8: the header does not start with {"),
                header("leading space", " {}", 0, "at byte 8: the header does not start with {"),
                header("byte order mark", "\uFEFF{}", 0, "at byte 8: the header does not start with {"),
                header(
                        "after wide characters",
                        "{'__metadata__':{'k':'é€😀'},1}",
                        0,
                        "at byte 42: Unexpected character"),
                header("second object", "{}{}", 0, "at byte 10", "goes on after its last }"),
                header("unfinished", "{'a'", 0, "at byte 12", "Unexpected end-of-input"),
                header("comment", "{/**/}", 0, "at byte", "Unexpected character"));
    }

    private static Arguments header(String what, String header, int dataLength, String... message) {
        return arguments(what, RawSafetensors.file(header, dataLength), message);
    }

    /** Tensors in short: {@code name dtype shape begin end}, separated by a comma and a space. */
    private static Arguments tensors(String what, String tensors, int dataLength, String... message) {
        String header = Arrays.stream(tensors.split(", ", -1))
                .filter(tensor -> !tensor.isEmpty())
                .map(tensor -> tensor.split(" ", -1))
                .map(t -> "'" + t[0] + "':{'dtype':'" + t[1] + "','shape':" + t[2] + ",'data_offsets':[" + t[3] + ","
                        + t[4] + "]}")
                .collect(Collectors.joining(",", "{", "}"));
        return header(what, header, dataLength, message);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("headers")
    void isRefusedWithFileAndOffset(String what, byte[] file, String[] message) throws IOException {
        assertRefused(file, message);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 33, 100_000_001, 1L << 31, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void headerLengthsThatCannotBeAreRefused(long length) throws IOException {
        assertRefused(
                RawSafetensors.file(length, new byte[32], new byte[0]),
                "at byte 0: the header's length is " + Long.toUnsignedString(length));
    }

    @Test
    void textThatIsNotUtf8IsRefusedAtItsByte() throws IOException {
        // A continuation byte alone, an overlong slash, a surrogate, a character cut off by the header's end.
        for (byte[] wrong :
                new byte[][] {{(byte) 0x80}, {(byte) 0xc0, (byte) 0xaf}, {(byte) 0xed, (byte) 0xa0, (byte) 0x80}}) {
            byte[] header = "{\"__metadata__\":{\"k\":\"....\"}}".getBytes(StandardCharsets.UTF_8);
            System.arraycopy(wrong, 0, header, 22, wrong.length);
            assertRefused(RawSafetensors.file(header, 0), "at byte 30: the header is not UTF-8");
        }
        assertRefused(
                RawSafetensors.file(new byte[] {'{', '}', (byte) 0xe2}, 0), "at byte 10: the header is not UTF-8");
        assertRefused(RawSafetensors.file("{}".getBytes(StandardCharsets.UTF_16LE), 0), "at byte");
    }

    @Test
    void utf8ThatCrossesTheEdgesOfPiecesIsRead() throws IOException {
        String text = "€".repeat(200_000);
        Path file = write(RawSafetensors.file("{'__metadata__':{'k':'" + text + "'}}", 0));
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertThat(reader.metadata()).containsEntry("k", text);
        }
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = RawSafetensors.file(TWO, 32);
        SafetensorsReader.open(write(whole)).close();
        for (int length = 0; length < whole.length; length++) {
            assertRefused(Arrays.copyOf(whole, length), "at byte");
        }
    }

    @Test
    void tensorsThatClaimTheSameBytesAreRefusedBeforeTheyFillTheMemory() throws IOException {
        String header = IntStream.range(0, 1_000_000)
                .mapToObj(i -> "'" + i + "':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}")
                .collect(Collectors.joining(",", "{", "}"));
        assertRefused(RawSafetensors.file(header, 8), "tensor 1 at byte", "claim more than the file's 8 bytes");
    }

    @Test
    void moreMetadataThanTensorsIsRefused() throws IOException {
        String header = IntStream.range(0, 200_000)
                .mapToObj(i -> "'" + i + "':''")
                .collect(Collectors.joining(",", "{'__metadata__':{", "}}"));
        assertRefused(RawSafetensors.file(header, 0), "__metadata__ has more than 100000 entries");
    }

    @Test
    void moreEmptyTensorsThanAnyModelHasAreRefused() throws IOException {
        String header = IntStream.range(0, 200_000)
                .mapToObj(i -> "'" + i + "':{'dtype':'F32','shape':[0],'data_offsets':[0,0]}")
                .collect(Collectors.joining(",", "{", "}"));
        Path file = write(RawSafetensors.file(header, 0));
        assertThatThrownBy(() -> SafetensorsReader.open(file).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("tensor 100000 at byte ")
                .hasMessageContaining("the 100000 tensors that a file may hold");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomDamageIsRefusedOrLeavesTensorsInsideTheFile(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] whole = RawSafetensors.file(TWO, 32);
        for (int round = 0; round < 1000; round++) {
            byte[] damaged = Damage.of(whole, random);
            Path file = write(damaged);
            try (SafetensorsReader reader = SafetensorsReader.open(file)) {
                long total = 0;
                for (TensorEntry tensor : reader.tensors().values()) {
                    assertThat(tensor.begin()).isBetween(8L, tensor.end());
                    assertThat(tensor.end()).isLessThanOrEqualTo(damaged.length);
                    total += tensor.bytes();
                }
                assertThat(total).isLessThan(damaged.length - 8);
            } catch (BadInputException refused) {
                assertThat(refused).hasMessageStartingWith(file + ": ").hasMessageContaining("at byte ");
            }
        }
    }

    private void assertRefused(byte[] bytes, String... message) throws IOException {
        Path file = write(bytes);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThatThrownBy(() -> SafetensorsReader.open(file).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining("at byte ")
                .hasMessageContainingAll(message);
        // All that was ever allocated, so more than the peak.
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(bytes.length + (64L << 20));
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("model.safetensors"), bytes);
    }
}
