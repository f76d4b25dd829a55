package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.BadInputException;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.TrainConfig;
import dev.trireme.cost.Workload;
import dev.trireme.data.Pair;
import dev.trireme.data.Splits;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingRunIT {
    private static final ParallelConfig ALONE = ParallelConfig.ofWorld(1);
    private static final TrainConfig CONFIG = TinyRun.config(1, 0, ALONE);

    @TempDir
    private Path parent;

    @Test
    void opensWhatWasPrepared() {
        TrainingRun run = TinyRun.prepare(parent.resolve("deep/run"), 1, 0, ALONE);
        TrainingRun opened = TrainingRun.open(run.folder());
        assertThat(opened).isEqualTo(run);
        assertThat(opened.splits()).isEqualTo(TinyRun.splits());
        assertThat(opened.fingerprint()).isEqualTo(run.fingerprint());
        try (Tokenizer tokenizer = opened.openTokenizer()) {
            assertThat(tokenizer.id("<pad>")).hasValue(0);
            assertThat(tokenizer.id("<eos>")).hasValue(1);
            assertThat(tokenizer.vocabularySize()).isEqualTo(400);
        }
    }

    @Test
    void keepsTextsAsTheyAre() {
        List<Pair> pairs = List.of(new Pair("a\"\\\tb", "  \u2028 "), new Pair("😀", "ß"));
        TrainingRun run =
                TrainingRun.prepare(parent, new Splits(pairs, pairs, pairs), TinyRun.SHAPE, CONFIG.withBatchSize(2));
        assertThat(run.splits().test()).isEqualTo(pairs);
    }

    @Test
    void modelHasAsManyTokensAsTheTokenizerFound() {
        List<Pair> pairs = List.of(new Pair("ab", "ab"));
        TrainingRun run =
                TrainingRun.prepare(parent, new Splits(pairs, pairs, pairs), TinyRun.SHAPE, CONFIG.withBatchSize(1));
        assertThat(run.config().model().vocabulary()).isEqualTo(2 + 256 + 1);
    }

    @Test
    void replacesAnEarlierRunAndItsNumbersButKeepsItsModel() throws IOException {
        TrainingRun earlier = TinyRun.prepare(parent, 1, 0, ALONE);
        Files.writeString(earlier.metrics(), "{}");
        Files.writeString(parent.resolve("timeline.svg"), "<svg/>");
        Files.writeString(parent.resolve("timeline.json"), "[]");
        Files.createDirectory(earlier.model());
        TrainingRun later = TinyRun.prepare(parent, 2, 0, ALONE);
        assertThat(TrainingRun.open(parent)).isEqualTo(later).isNotEqualTo(earlier);
        assertThat(later.metrics()).doesNotExist();
        assertThat(parent.resolve("timeline.svg")).doesNotExist(); // a page would show it as this run's
        assertThat(parent.resolve("timeline.json")).doesNotExist();
        assertThat(later.model()).isDirectory();
    }

    @Test
    void fingerprintTellsDataApart() throws IOException {
        TrainingRun run = TinyRun.prepare(parent, 1, 0, ALONE);
        String before = run.fingerprint();
        Path data = parent.resolve("data/test.jsonl");
        Files.writeString(data, Files.readString(data).replaceFirst("e", "f"));
        assertThat(run.fingerprint()).isNotEqualTo(before);
    }

    @Test
    void refusesAFolderThatHoldsSomethingElse() throws IOException {
        Files.writeString(parent.resolve("thesis.txt"), "");
        assertThatThrownBy(() -> TinyRun.prepare(parent, 1, 0, ALONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds something that is no earlier run; name a new or empty folder");
        assertThatThrownBy(() -> TinyRun.prepare(parent.resolve("thesis.txt"), 1, 0, ALONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("which is a file");
        assertThatThrownBy(() -> TinyRun.prepare(Path.of("/proc/run"), 1, 0, ALONE))
                .isInstanceOf(CheckpointException.class);
        assertThat(parent).isDirectoryContaining(file -> file.endsWith("thesis.txt"));
    }

    @Test
    void refusesWhatEveryRankWouldStumbleOver() {
        assertRefused(
                ModelConfig.gpt2(1, 1, 8, 400, 127), CONFIG, "maxLength 128 is more than the model's 127 positions");
        assertRefused(ModelConfig.gpt2(1, 1, 8, 257, 128), CONFIG, "vocabulary size 257");
        ParallelConfig many = new ParallelConfig(1, 256, 1, "cpu", ALONE.reduction(), 60);
        TrainConfig large = CONFIG.withBatchSize(256);
        assertRefused(TinyRun.SHAPE, large.withParallel(many), "too few for 256 micro-batches");
        TrainConfig narrow = CONFIG.withParallel(ALONE)
                .withMaxLength(2)
                .withBatchSize(1)
                .withDuration(new TrainConfig.Duration(1, 0));
        assertRefused(TinyRun.SHAPE, narrow, "keep a label");
    }

    @Test
    void refusesWhatNoHostHasTheMemoryFor() {
        ModelConfig vast = ModelConfig.gpt2(1000, 16, 1 << 16, 400, 128);
        TrainConfig two = CONFIG.withParallel(TinyRun.ranks(2, ALONE.reduction()));
        assertRefused(vast, two, "2 ranks × 1 stages with micro-batches of up to 4 × ");
        assertRefused(vast, two, " MB are free; use more micro-batches, activation checkpointing, a smaller model or");
    }

    @Test
    void namesASettingThatWouldFit() {
        ModelConfig shape = ModelConfig.gpt2(4, 8, 256, 400, 128);
        TrainConfig wide = CONFIG.withParallel(ALONE).withBatchSize(1 << 14);
        assertThatThrownBy(() -> RunDevices.requireMemory(
                        new RunConfig(shape, wide), new Workload(1 << 14, 128, 127 << 14, false), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "1 ranks × 1 stages with micro-batches of up to 16384 × 128 tokens need \\d+\\.\\d MB of"
                                + " memory but \\d+\\.\\d MB are free; use microBatches (4|8|16), which would take \\d+\\.\\d MB");
    }

    @Test
    void namesTheFileAndLineOfDamagedData() throws IOException {
        TrainingRun run = TinyRun.prepare(parent, 1, 0, ALONE);
        Path data = parent.resolve("data/test.jsonl");
        Files.writeString(data, Files.readString(data).replaceAll("(?s)\n.*", "\n{}\n"));
        assertThatThrownBy(run::splits).isInstanceOf(BadInputException.class).hasMessageContaining(data + ":2:");
        Files.delete(data);
        assertThatThrownBy(run::splits).isInstanceOf(BadInputException.class).hasMessageContaining(data + ":");
        assertThatThrownBy(() -> TrainingRun.open(parent.resolve("none"))).isInstanceOf(BadInputException.class);
    }

    private void assertRefused(ModelConfig shape, TrainConfig config, String message) {
        assertThatThrownBy(() -> TrainingRun.prepare(parent, TinyRun.splits(), shape, config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
