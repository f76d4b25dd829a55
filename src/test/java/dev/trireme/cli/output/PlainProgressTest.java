package dev.trireme.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.config.TrainConfig;
import dev.trireme.data.CorpusOptions;
import dev.trireme.model.ModelConfig;
import dev.trireme.train.EpochMetrics;
import dev.trireme.train.EpochStart;
import dev.trireme.train.MemoryMetrics;
import dev.trireme.train.ResultMetrics;
import dev.trireme.train.RunConfig;
import dev.trireme.train.StepMetrics;
import dev.trireme.train.TrainListener;
import dev.trireme.train.TrainingRun;
import dev.trireme.train.Translation;
import dev.trireme.train.Translations;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlainProgressTest {
    private static final TrainingRun RUN = new TrainingRun(
            Path.of("runs/x"), new RunConfig(ModelConfig.gpt2(2, 2, 8, 300, 128), TrainConfig.defaults()));

    private final StringWriter text = new StringWriter();
    private final PrintWriter out = new PrintWriter(text, true);

    @Test
    void aTenthOfTheStepsAndEveryEpochHaveALine() {
        tell(new PlainProgress(RUN, out));
        assertThat(text.toString()).isEqualTo("""
                epoch 2/3  step 2/20  loss 4.9802  10,000 tokens/s
                epoch 2/3  step 4/20  loss 4.9604  10,000 tokens/s
                epoch 2/3  step 6/20  loss 4.9406  10,000 tokens/s
                epoch 2/3  step 8/20  loss 4.9208  10,000 tokens/s
                epoch 2/3  step 10/20  loss 4.9010  10,000 tokens/s
                epoch 2/3  step 12/20  loss 4.8812  10,000 tokens/s
                epoch 2/3  step 14/20  loss 4.8614  10,000 tokens/s
                epoch 2/3  step 16/20  loss 4.8416  10,000 tokens/s
                epoch 2/3  step 18/20  loss 4.8218  10,000 tokens/s
                epoch 2/3  step 20/20  loss 4.8020  10,000 tokens/s
                epoch 2/3  12.3 s  9,876 tokens/s  train loss 4.9000  validation loss 4.7500

                source       Der Hund schläft.
                reference    The dog sleeps.
                translation  The dog is asleep.

                """);
    }

    @Test
    void memoryHasALineWithAllStages() {
        new PlainProgress(RUN, out).on(new MemoryMetrics(4, 41, List.of(1234.56, 10.25), List.of(1200.0, 9.96)));
        assertThat(text.toString())
                .isEqualTo(
                        "memory with micro-batches of up to 4 × 41 tokens: stage 0 1,234.6 MB predicted, 1,200.0 MB held;"
                                + " stage 1 10.3 MB predicted, 10.0 MB held\n");
    }

    @Test
    void onATerminalTheStepsShareOneLineThatTheEpochReplaces() {
        tell(new LiveProgress(RUN, out, 90));
        List<String> written = List.of(text.toString().split("\n", -1)[0].split("\r", -1));
        assertThat(written).allSatisfy(line -> assertThat(line.length()).isLessThan(90));
        assertThat(written.get(written.size() - 3))
                .startsWith("epoch 2/3")
                .contains("20/20", "loss 4.8020, 10,000 tokens/s");
        assertThat(written.get(written.size() - 2)).isBlank();
        assertThat(written.get(written.size() - 1))
                .isEqualTo("epoch 2/3  12.3 s  9,876 tokens/s  train loss 4.9000  validation loss 4.7500");
    }

    @Test
    void quietTellsTheResultAlone() {
        TrainListener quiet = OutputMode.RESULT.listener(RUN, out, 0);
        tell(quiet);
        quiet.on(new ResultMetrics(9876.4, 1.25, 61.234, 39, false));
        assertThat(text.toString()).isEqualTo("""
                BLEU 61.23, test loss 1.2500, 9,876 tokens/s
                model: runs/x/model
                """);
    }

    @Test
    void jsonHasTheNamesOfTheMetricsFile() {
        TrainListener json = OutputMode.JSON.listener(RUN, out, 0);
        json.on(new MemoryMetrics(4, 41, List.of(12.5), List.of(4.0)));
        json.on(new EpochStart(1, 1, 1));
        json.on(new StepMetrics(1, 1, 4.5, 100, 1000, 100, 1, 98, 1, 0, 1e-4));
        json.on(new EpochMetrics(1, 0.5, 1000, 4.5, 4.25));
        json.on(new ResultMetrics(1000, 4.25, 1.5, 1, false));
        assertThat(text.toString()).isEqualTo("""
                {"kind":"memory","micro_batch_size":4,"length":41,"stage_memory_predicted_mb":[12.5],"stage_memory_mb":[4.0]}
                {"kind":"step","step":1,"epoch":1,"loss":4.5,"tokens":100,"tokens_per_second":1000.0,"step_ms":100.0,\
                "data_ms":1.0,"compute_ms":98.0,"comm_ms":1.0,"gc_ms":0.0,"learning_rate":1.0E-4}
                {"kind":"epoch","epoch":1,"seconds":0.5,"tokens_per_second":1000.0,"train_loss":4.5,"validation_loss":4.25}
                {"kind":"result","tokens_per_second":1000.0,"test_loss":4.25,"bleu":1.5,"model_step":1,"best":false}
                """);
    }

    @Test
    void theSummaryIsACommandThatSaysEverything() {
        assertThat(TrainSummary.lines(RUN, Optional.of(Path.of("a.tsv")), CorpusOptions.DEFAULTS))
                .containsExactly(
                        "A GPT-2 of 5,184 parameters learns a.tsv; train",
                        "  --data a.tsv --out runs/x --train 5000 --validation 1000 --test 100 --source de --target en --seed 1234",
                        "  --model gpt2 --layers 2 --heads 2 --hidden 8 --dropout 0.0 --vocab-size 300",
                        "  --max-length 128 --epochs 10 --batch-size 128 --max-steps 0 --pad longest",
                        "  --learning-rate 1.0E-4 --lr-schedule constant --warmup-steps 0 --clip-norm 0.0",
                        "  --checkpoint-every 600s --keep 2 --checkpoint-errors continue --max-restarts 0 --patience 0"
                                + " --on-nonfinite stop",
                        "  --world-size 2 --micro-batches 2 --threads 0 --device cpu --reduction overlapped --timeout 60");
    }

    @Test
    void theSummaryOfALlamaHasItsOwnOptions() {
        TrainingRun llama = new TrainingRun(
                Path.of("runs/x"),
                new RunConfig(
                        ModelConfig.llama(2, 4, 2, 8, 64, 300, 128).withDropout(0, 0.25, 0), TrainConfig.defaults()));
        List<String> lines = TrainSummary.lines(llama, Optional.empty(), CorpusOptions.DEFAULTS);
        assertThat(lines.get(0)).startsWith("A LLaMA of ").endsWith(" learns the embedded phrasebook; train");
        assertThat(lines.get(2))
                .isEqualTo(
                        "  --model llama --layers 2 --heads 4 --kv-heads 2 --hidden 8 --intermediate 64 --dropout 0.25"
                                + " --vocab-size 300");
    }

    private static void tell(TrainListener listener) {
        listener.on(new EpochStart(2, 3, 20));
        for (int step = 1; step <= 20; step++) {
            listener.on(new StepMetrics(20 + step, 2, 5 - step * 0.0099, 100, 10_000, 10, 0, 10, 0, 0, 1e-4));
        }
        listener.on(new EpochMetrics(2, 12.34, 9876, 4.9, 4.75));
        listener.on(new Translations(
                List.of(new Translation("Der Hund schläft.", "The dog sleeps.", "The dog is asleep."))));
    }
}
