package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainIT {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    trian                                    | Unmatched argument at index 0: 'trian' (did you mean plan or train or verify?); see trireme --help
                    generate --prompt x                      | Missing required option: '--model=DIR'; see trireme generate --help
                    generate --model m                       | 'Missing required argument (specify one of these): (--prompt=TEXT | --prompts=FILE | --translate=TEXT | --chat=TEXT | --messages=FILE.json); see trireme generate --help'
                    generate --model m --prompt x --prompts f | --prompt=TEXT, --prompts=FILE are mutually exclusive (specify only one); see trireme generate --help
                    generate --model m --prompt x --stages 0 | --stages is 0; use 1 to 1024
                    generate --model m --prompt x --split 5;7 | --split is 5;7; use even, balanced, or the layers of each stage, in halves, such as 5,7 or 3.5,0.5
                    generate --model m --prompt x --dtype f16 | Invalid value for option '--dtype': 'f16' is unknown; use float32, bfloat16; see trireme generate --help
                    generate --model m --prompt x --stages 2 --schedule interleaved --micro-batches 3 | --micro-batches 3 cannot go through 2 chunks in groups of 2; use a multiple of 2, or 1f1b
                    evaluate --model m --data d --split test | --split is test, but --split cuts the model into stages: even, balanced, or layers such as 5,7; for a part of the corpus use --part
                    evaluate --model m --data d --part dev   | Invalid value for option '--part': 'dev' is unknown; use train, validation, test; see trireme evaluate --help
                    evaluate --model m --data d --stages 0   | --stages is 0; use 1 to 1024
                    evaluate --model m --data d --checkpoint-activations some | Invalid value for option '--checkpoint-activations': 'some' is unknown; use never, except-last, always; see trireme evaluate --help
                    train --epochs few                       | Invalid value for option '--epochs': 'few' is not a whole number below 2^31; see trireme train --help
                    train --epochs 0                         | --epochs is 0; use 1 to 1000000
                    train --learning-rate 2                  | --learning-rate is 2.0; use 0 to 1, for example 1e-4
                    train --pad short                        | Invalid value for option '--pad': 'short' is unknown; use longest, max; see trireme train --help
                    train --reduction sum                    | Invalid value for option '--reduction': 'sum' is unknown; use per-parameter, buckets, overlapped, tree; see trireme train --help
                    train --model bert                       | --model bert is unknown; use gpt2, llama, qwen2, mistral or qwen3
                    train --kv-heads 2                       | --kv-heads and --intermediate are not a gpt2's to choose; leave them out or use --model llama
                    train --model llama --kv-heads 3         | --kv-heads is 3; use a divisor of --heads 4
                    train --config c.json --layers 2         | --config c.json gives layers, heads and widths already; leave either it or --layers, --heads, --hidden, --kv-heads and --intermediate out
                    train --heads 3                          | --heads is 3; use a divisor of --hidden 256
                    train --device gpu                       | --device gpu is unknown; use cpu, cuda or cuda:N with N from 0
                    train --batch-size 65                    | --batch-size 65 cannot be cut into 2 micro-batches; use a multiple of 2
                    train --micro-batches 3                  | --micro-batches 3 cannot be shared among --world-size 2; use a multiple of 2
                    bench data-parallel --shape llama        | --shape llama is unknown; use small, gpt2, llama-small, llama135, medium, gpt2-1024, llama2-7b or a narrower one, llama2-7b/2 to llama2-7b/32
                    bench inference --shape gpt3             | --shape gpt3 is unknown; use small, gpt2, llama-small, llama135, medium, gpt2-1024, llama2-7b or a narrower one, llama2-7b/2 to llama2-7b/32
                    bench data-parallel --epochs 0           | --epochs is 0; use 1 to 10000
                    bench layouts --length 1                 | --length is 1; use 2 to 2048
                    bench inference --batch 0                | --batch is 0; use 1 to 1024
                    bench pipeline --shape gpt3              | --shape gpt3 is unknown; use small, gpt2, llama-small, llama135, medium, gpt2-1024, llama2-7b or a narrower one, llama2-7b/2 to llama2-7b/32
                    bench pipeline --split 5,7               | --split 5,7 covers 12 layers but the model has 4; make its numbers add up to 4
                    bench pipeline --split 3.3,0.7           | --split is 3.3,0.7; use even, balanced, or the layers of each stage, in halves, such as 5,7 or 3.5,0.5
                    bench pipeline --split 3.5,1             | --split 3.5,1 covers 4.5 layers but the model has 4; make its numbers add up to 4
                    bench pipeline --execution lazy          | Invalid value for option '--execution': 'lazy' is unknown; use eager, clocked; see trireme bench pipeline --help
                    bench pipeline --timeline t.svg          | --timeline t.svg is of one setting; add --schedule, --stages, --split or --micro-batches
                    bench pipeline --stages 2 --timeline t.png | --timeline t.png has neither of the known endings; use FILE.svg for a chart or FILE.json for Perfetto
                    schedule --kind foo                      | --kind foo is unknown, and there is no such file; use gpipe, 1f1b, interleaved, zero-bubble, or a file that holds a schedule
                    schedule --kind foo --stages 3           | --kind foo is unknown, and there is no such file; use gpipe, 1f1b, interleaved, zero-bubble, or a file that holds a schedule
                    schedule --stages 1000000                | --stages is 1000000; use 1 to 1024
                    schedule --stages 1024 --micro-batches 1048576 | --micro-batches 1048576 on 1024 devices, each with chunks: 1, are 1073741824 passes; use numbers whose product is up to 1048576
                    schedule --micro-batches 2000000         | --micro-batches is 2000000; use 1 to 1048576
                    schedule --kind interleaved --chunks 1000000 | --chunks is 1000000; use 1 to 1024
                    schedule --backward-cost 2000000000      | --backward-cost is 2000000000; use up to 1000 clocks
                    train --stages 9 --layers 4              | --batch-size 64 cannot be cut into 72 micro-batches, 4 for each of 9 stages of 2 ranks; use a multiple of 72, or choose --micro-batches
                    train --stages 11 --layers 4 --micro-batches 2 | --stages is 11 (all chunks counted) but embedding, 8 half layers and head fill 10 at most; use fewer stages or more layers
                    train --stages 2 --split 1,2             | --split 1,2 covers 3 layers but the model has 4; make its numbers add up to 4
                    train --device cpu --precision tf32      | --precision is tf32 but device is cpu, which computes in float32; use device cuda, or leave precision out
                    train --chunks 3                         | --chunks is 3 but schedule 1f1b puts 1 on each device; use chunks 1 or the schedule interleaved
                    train --schedule foo                     | --schedule foo is unknown, and there is no such file; use gpipe, 1f1b, interleaved, zero-bubble, or a file that holds a schedule
                    train --out=                             | Invalid value for option '--out': it is empty; give a value or leave the option out; see trireme train --help
                    train --device=                          | Invalid value for option '--device': it is empty; give a value or leave the option out; see trireme train --help
                    train --timeout 0                        | --timeout is 0; use 1 to 86400
                    train --dropout 2                        | --dropout is 2.0; use 0 to below 1
                    train --vocab-size 5                     | --vocab-size 5 is impossible: 2 special tokens and 256 bytes need at least 258; use 258 to 10000000
                    train --model llama --heads 256          | headWidth is 1 with 256 heads; use an even number: rotary embeddings turn pairs
                    train --test 0                           | --test is 0; use 1 to 2147483647
                    train --source en                        | --source "en" and --target "en" do not name two texts; use two different keys such as de and en
                    train --train 60000                      | --train 60000, validation 1000 and test 100 are 61100 pairs but the phrasebook has 20000; ask for fewer, or bring a corpus of your own
                    train --layers 2 --heads 2 --heads 4     | --heads is given more than once; give it once; see trireme train --help
                    generate --model m --prompt a --prompt b | --prompt is given more than once; give it once; see trireme generate --help
                    generate --model m --prompt a --top-k 1 --temperature 1 --top-k 2 | --top-k is given more than once; give it once; see trireme generate --help
                    generate --model m --prompt x --world-size 0 | --world-size is 0; use 1 to 1024
                    bench pipeline --chunks 2                | --chunks is 2 but schedule 1f1b puts 1 on each device; use chunks 1 or the schedule interleaved
                    bench pipeline --stages 11               | --stages is 11 (all chunks counted) but embedding, 8 half layers and head fill 10 at most; use fewer stages or more layers
                    verify --layouts 3x1                     | --micro-batches 8 cannot be shared among world size 3; use a multiple of 3
                    """)
    void wrongUsageIsOneLineAndExitCode2(String arguments, String message) {
        assertThat(run(arguments.split(" ", -1))).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("trireme: " + message + System.lineSeparator());
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    n_head             | 1000000 | n_head is 1000000; use 1 to 32
                    n_layer            | 0       | n_layer is 0; use 1 to 10000
                    vocab_size         | -1      | vocab_size is -1; use 1 to 10000000
                    layer_norm_epsilon | 2       | layer_norm_epsilon is 2.0; use more than 0 and less than 1
                    attn_pdrop         | 1.5     | attn_pdrop is 1.5; use 0 to below 1
                    """)
    void aWrongConfigIsToldWithTheKeyOfTheFile(String key, String value, String message, @TempDir Path folder)
            throws IOException {
        String good = Files.readString(Path.of("src/test/resources/golden/gpt2-tiny/config.json"));
        Path file = Files.writeString(
                folder.resolve("config.json"),
                good.replaceFirst("\"" + key + "\": [^,\n]*", "\"" + key + "\": " + value));
        assertThat(run("train", "--config", file.toString())).isEqualTo(3);
        assertThat(err.toString()).isEqualTo("trireme: " + file + ": " + message + System.lineSeparator());
    }

    @Test
    void aPromptThatBeginsWithAtIsThatTextAndNoFileOfOptions(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("options"), "hello --nonsense");
        assertThat(run("generate", "--model", folder.resolve("none").toString(), "--prompt", "@" + file))
                .isEqualTo(3);
        assertThat(err.toString()).contains("there is no such folder");
    }

    @Test
    void outputThatCannotBeWrittenIsAFailure() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        int code =
                Main.run(new PrintWriter(full, true, StandardCharsets.UTF_8), new PrintWriter(err, true), "--version");
        assertThat(code).isEqualTo(14);
        assertThat(err.toString()).startsWith("trireme: standard output cannot be written;");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    corpus phrasebook --out           | .tsv
                    corpus trans-de-en --out          | .tsv
                    score --model m --ids 1,2 --out   | .safetensors
                    bench pipeline --schedule gpipe --timeline | .svg
                    train --timeline                  | .json
                    """)
    void placesThatCannotBeWrittenAreRefusedBeforeAnyWork(String command, String ending, @TempDir Path folder)
            throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe" + ending);
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Path link = Files.createSymbolicLink(folder.resolve("null" + ending), Path.of("/dev/null"));
        Path inside = Files.createDirectory(folder.resolve("folder" + ending));
        Path nowhere = folder.resolve("none").resolve("x" + ending);
        List<String> messages = List.of(
                pipe + ": is a device, a pipe or a broken link, which would be replaced; give the name of a file",
                link + ": is a device, a pipe or a broken link, which would be replaced; give the name of a file",
                inside + ": is a folder; give the name of a file in it",
                nowhere + ": cannot be written: there is no folder " + nowhere.getParent()
                        + "; make it or name another");
        for (String message : messages) {
            String[] arguments = (command + " " + message.substring(0, message.indexOf(": "))).split(" ", -1);
            err.getBuffer().setLength(0);
            assertThat(run(arguments)).as(message).isEqualTo(14);
            assertThat(err.toString()).isEqualTo("trireme: " + message + System.lineSeparator());
        }
        try (Stream<Path> entries = Files.list(folder)) {
            assertThat(entries).containsExactlyInAnyOrder(pipe, link, inside);
        }
        assertThat(Files.isRegularFile(pipe)).isFalse();
        Files.delete(link); // JUnit would warn of its target
    }

    @Test
    void theVersionComesFromTheBuild() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString().lines())
                .satisfiesExactly(
                        line -> assertThat(line).matches("trireme \\d+\\.\\d+\\.\\d+\\S*"),
                        line -> assertThat(line).matches("libtorch and its presets \\d+\\.\\d+\\.\\d+-\\S+"),
                        line -> assertThat(line).matches("JavaCPP \\d+\\.\\d+\\.\\d+"),
                        line -> assertThat(line).startsWith("Java "));
        assertThat(err.toString()).isEmpty();
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
                  train      Train a model, new or existing, on one or many devices.
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
        assertThat(out.toString()).contains("Software", "TORCH_VERSION", "GPUs", "cuda:0");
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }
}
