package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    trian                                    | Unmatched argument at index 0: 'trian' (did you mean train or verify?); see trireme --help
                    generate --prompt x                      | Missing required option: '--model=DIR'; see trireme generate --help
                    generate --model m                       | 'Missing required argument (specify one of these): (--prompt=TEXT | --prompts=FILE); see trireme generate --help'
                    generate --model m --prompt x --prompts f | --prompt=TEXT, --prompts=FILE are mutually exclusive (specify only one); see trireme generate --help
                    generate --model m --prompt x --stages 0 | stages is 0; use 1 to 1024
                    generate --model m --prompt x --split 5;7 | split is 5;7; use even, balanced, or the layers of each stage, in halves, such as 5,7 or 3.5,0.5
                    generate --model m --prompt x --dtype f16 | Invalid value for option '--dtype': 'f16' is unknown; use float32, bfloat16; see trireme generate --help
                    generate --model m --prompt x --stages 2 --schedule interleaved --micro-batches 3 | microBatches 3 cannot go through 2 chunks in groups of 2; use a multiple of 2, or 1f1b
                    evaluate --model m --data d --split test | split is test, but --split cuts the model into stages: even, balanced, or layers such as 5,7; for a part of the corpus use --part
                    evaluate --model m --data d --part dev   | Invalid value for option '--part': 'dev' is unknown; use train, validation, test; see trireme evaluate --help
                    evaluate --model m --data d --stages 0   | stages is 0; use 1 to 1024
                    evaluate --model m --data d --checkpoint-activations some | Invalid value for option '--checkpoint-activations': 'some' is unknown; use never, except-last, always; see trireme evaluate --help
                    train --epochs few                       | Invalid value for option '--epochs': 'few' is not an int; see trireme train --help
                    train --epochs 0                         | epochs is 0; use 1 to 1000000
                    train --learning-rate 2                  | learning rate is 2.0; use 0 to 1, for example 1e-4
                    train --pad short                        | Invalid value for option '--pad': 'short' is unknown; use longest, max; see trireme train --help
                    train --reduction sum                    | Invalid value for option '--reduction': 'sum' is unknown; use per-parameter, buckets, overlapped, tree; see trireme train --help
                    train --model bert                       | model bert is unknown; use gpt2 or llama
                    train --kv-heads 2                       | kv-heads and intermediate are not a gpt2's to choose; leave them out or use --model llama
                    train --model llama --kv-heads 3         | kvHeads is 3; use a divisor of heads 4
                    train --config c.json --layers 2         | config c.json gives layers, heads and widths already; use either --config or these options
                    train --heads 3                          | heads is 3; use a divisor of hidden 256
                    train --device gpu                       | device is gpu; use cpu, cuda or cuda:N with N from 0
                    train --batch-size 65                    | batchSize 65 cannot be cut into 2 micro-batches; use a multiple of 2
                    train --micro-batches 3                  | microBatches 3 cannot be shared among worldSize 2; use a multiple of 2
                    bench data-parallel --shape llama        | shape llama is unknown; use small, gpt2, llama-small or llama135
                    bench inference --shape gpt3             | shape gpt3 is unknown; use small, gpt2, llama-small or llama135
                    bench inference --shape gpt2 --plot x.svg | plot x.svg is of many measurements; leave out --plot or --shape
                    bench inference --plot /nowhere/x.svg    | plot /nowhere/x.svg cannot be written there; name another folder
                    bench inference --batch 0                | batch is 0; use 1 to 1024
                    bench pipeline --shape gpt3              | shape gpt3 is unknown; use small, gpt2, llama-small or llama135
                    bench pipeline --split 5,7               | split 5,7 covers 12 layers but the model has 4; make its numbers add up to 4
                    bench pipeline --split 3.3,0.7           | split is 3.3,0.7; use even, balanced, or the layers of each stage, in halves, such as 5,7 or 3.5,0.5
                    bench pipeline --split 3.5,1             | split 3.5,1 covers 4.5 layers but the model has 4; make its numbers add up to 4
                    bench pipeline --execution lazy          | Invalid value for option '--execution': 'lazy' is unknown; use eager, clocked; see trireme bench pipeline --help
                    bench pipeline --timeline t.svg          | timeline t.svg is of one setting; add --schedule, --stages, --split or --micro-batches
                    bench pipeline --stages 2 --timeline t.png | timeline t.png has neither of the known endings; use FILE.svg for a chart or FILE.json for Perfetto
                    """)
    void wrongUsageIsOneLineAndExitCode2(String arguments, String message) {
        assertThat(run(arguments.split(" ", -1))).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("trireme: " + message + System.lineSeparator());
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void badInputIsFoundBeforeAnyProcessStarts(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("pairs.tsv"), "Hallo.\tHello.\nKein Tabulator\n");
        assertThat(run(
                        "train",
                        "--data",
                        file.toString(),
                        "--out",
                        folder.resolve("out").toString()))
                .isEqualTo(3);
        assertThat(err.toString())
                .isEqualTo("trireme: " + file + ":2: has no TAB; write source TAB target" + System.lineSeparator());
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void modelsThatAreNotThereAreBadInput() {
        assertThat(run("generate", "--model", "/nowhere", "--prompt", "Hallo")).isEqualTo(3);
        assertThat(err.toString())
                .isEqualTo("trireme: /nowhere: there is no such folder; name a folder with config.json"
                        + System.lineSeparator());
    }

    @Test
    void withoutACommandHelpIsShown() {
        assertThat(run()).isZero();
        assertThat(out.toString()).contains("""
                Train:
                  train      Train a GPT-2 or LLaMA to translate, from nothing, on one or many devices.
                """);
    }

    @Test
    void thePhrasebookIsWrittenAsPairs(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("pairs.tsv");
        assertThat(run("corpus", "phrasebook", "--count", "7", "--out", file.toString()))
                .isZero();
        assertThat(out.toString()).isEqualTo("7 pairs written to " + file + System.lineSeparator());
        assertThat(Files.readAllLines(file)).hasSize(7).allMatch(line -> line.contains("\t"));
    }

    @Test
    void doctorFindsThatTrainingWorks() {
        assertThat(run("doctor")).isZero();
        assertThat(out.toString())
                .contains("Software", "TORCH_VERSION", "libcudart.so.13", "libcudnn.so.9", "libnccl.so.2");
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }
}
