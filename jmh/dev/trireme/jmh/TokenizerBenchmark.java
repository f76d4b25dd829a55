package dev.trireme.jmh;

import dev.trireme.data.Phrasebook;
import dev.trireme.data.tokenizer.BpeModel;
import dev.trireme.data.tokenizer.BpeTrainer;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Encoding a sentence, and training a tokenizer of 2,000 tokens on 5,000 pairs. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TokenizerBenchmark {
    private List<String> lines;
    private Path file;
    private Tokenizer tokenizer;

    @Setup
    public void train() throws IOException {
        lines = Phrasebook.pairs(5000).stream()
                .flatMap(pair -> Stream.of(pair.source(), pair.target()))
                .toList();
        file = Files.createTempFile("tokenizer", ".json");
        trainBpe().save(file);
        tokenizer = Tokenizer.open(file);
    }

    @TearDown
    public void close() throws IOException {
        tokenizer.close();
        Files.delete(file);
    }

    @Benchmark
    public int[] encode() {
        return tokenizer.encode(lines.get(7));
    }

    @Benchmark
    public BpeModel trainBpe() {
        return BpeTrainer.train(lines, 2000, List.of("<pad>", "<eos>"));
    }
}
