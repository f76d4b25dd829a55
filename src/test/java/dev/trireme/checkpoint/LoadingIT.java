package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.MlpConfig;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadingIT {
    private static final int PIECE = 1 << 20;
    /** An embedding of 5 MB in rows of 240 bytes, and MLP matrices with rows of 1.2 MB and of 8 bytes. */
    private static final ModelConfig WIDE = wide(ModelConfig.gpt2(1, 1, 2, 40_000, 4));

    private static ModelConfig wide(ModelConfig model) {
        MlpConfig mlp = new MlpConfig(MlpConfig.Kind.GELU, 300_000, true, true);
        return model.withArchitecture(model.architecture().withMlp(mlp));
    }

    @TempDir
    private Path parent;

    private MemoryStore truth;
    private HuggingFaceFolder open;

    @BeforeEach
    void openAFolder() {
        truth = MemoryStore.random(ModelTensors.of(WIDE).parameters(), 1);
        Path folder = parent.resolve("model");
        HuggingFaceFolder.save(folder, new HuggingFaceConfig(WIDE, SpecialTokens.NONE), truth, others -> {});
        open = HuggingFaceFolder.open(folder);
    }

    @AfterEach
    void closeItAndFindNoThread() {
        open.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(t -> t.getName().equals("trireme-read-ahead"));
    }

    @Test
    void handsOutWholeRowsInOrderAndNeverMoreThanAMegabyteOrARow() {
        List<ParameterInfo> parameters = truth.parameters();
        MemoryStore target = new MemoryStore(parameters);
        long[] next = new long[parameters.size()];
        AtomicInteger pieces = new AtomicInteger();
        open.load(storeThat(parameters, (index, first, values) -> {
            List<Long> shape = parameters.get(index).shape();
            int row = shape.size() == 1 ? 4 : 4 * Math.toIntExact(shape.get(1));
            assertThat(first).isEqualTo(next[index]);
            assertThat(values.remaining() % row).isZero();
            assertThat(values.remaining()).isLessThanOrEqualTo(Math.max(row, PIECE));
            next[index] += values.remaining() / 4;
            pieces.incrementAndGet();
            target.write(index, first, values);
        }));
        assertThat(target.contents()).isEqualTo(truth.contents());
        assertThat(pieces).hasValueGreaterThan(parameters.size());
    }

    @Test
    void widensPieceByPiece() throws IOException {
        Map<ParameterInfo, ByteBuffer> rounded = truth.contents();
        StringBuilder header = new StringBuilder("{");
        int end = 0;
        for (ParameterInfo parameter : truth.parameters()) {
            int begin = end;
            end += 2 * (int) parameter.count();
            header.append(begin == 0 ? "" : ",")
                    .append("'" + parameter.name() + "':{'dtype':'BF16','shape':" + parameter.shape()
                            + ",'data_offsets':[" + begin + "," + end + "]}");
        }
        byte[] file = RawSafetensors.file(header + "}", end);
        ByteBuffer halves = ByteBuffer.wrap(file).position(file.length - end);
        for (ByteBuffer floats : rounded.values()) {
            // Little endian: the upper half of a float comes last.
            for (int i = 0; i < floats.limit(); i += 4) {
                halves.putShort(floats.getShort(i + 2));
                floats.putShort(i, (short) 0);
            }
        }
        Path folder = Files.createDirectory(parent.resolve("halves"));
        Files.copy(parent.resolve("model/config.json"), folder.resolve("config.json"));
        Files.write(folder.resolve("model.safetensors"), file);
        assertThat(MemoryStore.loaded(folder).contents()).isEqualTo(rounded);
    }

    @Test
    void aFailureOfTheStoreReachesTheCallerAndTheFolderStaysOpen() {
        List<ParameterInfo> parameters = truth.parameters();
        AtomicInteger pieces = new AtomicInteger();
        IllegalStateException failure = new IllegalStateException("the device is gone");
        assertThatThrownBy(() -> open.load(storeThat(parameters, (index, first, values) -> {
                    if (pieces.incrementAndGet() == 2) {
                        throw failure;
                    }
                })))
                .isSameAs(failure);
        assertThat(pieces).hasValue(2);
        MemoryStore target = new MemoryStore(parameters);
        open.load(target);
        assertThat(target.contents()).isEqualTo(truth.contents());
    }

    @Test
    void aFileThatShrinksWhileItIsLoadedIsAnError() throws Exception {
        Path file = parent.resolve("model/model.safetensors");
        List<ParameterInfo> parameters = truth.parameters();
        AtomicInteger pieces = new AtomicInteger();
        assertThatThrownBy(() -> open.load(storeThat(parameters, (index, first, values) -> {
                    if (pieces.incrementAndGet() == 1) {
                        truncate(file);
                    }
                })))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + ": tensor ")
                .hasMessageContaining("the file became shorter while it was read");
    }

    @Test
    void anInterruptEndsLoadingAndLeavesTheFolderOpen() {
        List<ParameterInfo> parameters = truth.parameters();
        assertThatThrownBy(() -> open.load(storeThat(
                        parameters,
                        (index, first, values) -> Thread.currentThread().interrupt())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        MemoryStore target = new MemoryStore(parameters);
        open.load(target);
        assertThat(target.contents()).isEqualTo(truth.contents());
    }

    @Test
    void aStoreWithoutParametersIsFilledAtOnce() {
        assertThat(open.load(new MemoryStore(new ArrayList<>()))).isEmpty();
    }

    private interface Write {
        void accept(int index, long first, ByteBuffer values);
    }

    private static ParameterStore storeThat(List<ParameterInfo> parameters, Write write) {
        return new ParameterStore() {
            @Override
            public List<ParameterInfo> parameters() {
                return parameters;
            }

            @Override
            public void write(int index, long first, ByteBuffer values) {
                write.accept(index, first, values);
            }

            @Override
            public void read(int index, ByteBuffer values) {
                throw new UnsupportedOperationException();
            }
        };
    }

    private static void truncate(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
