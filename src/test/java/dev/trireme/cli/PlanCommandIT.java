package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.ExitCode;
import dev.trireme.config.Json;
import dev.trireme.plan.MachineFiles;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class PlanCommandIT {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "plan --machine h100-80gb:2 | a plan is for one model; give one of --model, --config and --shape",
                "plan --shape gpt2 --config c.json | a plan is for one model; give one of --model, --config and --shape",
                "plan --shape gpt3 | --shape gpt3 is unknown; use small, gpt2, llama-small, llama135, medium, gpt2-1024, llama2-7b or a narrower one, llama2-7b/2 to llama2-7b/32",
                "plan --shape gpt2 --machine v1000:4 | --machine is v1000; use a JSON file that is there, this, or one of",
                "plan --shape gpt2 --machine h100-80gb:12 | --devices of h100-80gb is 12; use up to 8, or a multiple of 8 for whole hosts",
                "plan --shape gpt2 --machine h100-80gb:8000 | --devices is 8000; use 1 to 4096",
                "plan --shape gpt2 --train --generate | --train and --generate are two plans; choose one",
                "plan --shape gpt2 --train --prompts 4 | --batch-size and --max-length are for --train",
                "plan --shape gpt2 --dtype int8 | --dtype is int8; use one of float32, bfloat16, float16",
                "plan --shape gpt2 --batch-size 0 | --batch-size is 0; use 1 to 1048576",
                "plan --shape gpt2 --max-length 5000 | --max-length is 5000; use 2 to 2048",
                "plan --measure | --measure needs --out; name a JSON file",
                "plan --measure --shape gpt2 --out m.json | --measure is of this machine and of no model",
                "plan --shape gpt2 --machine h100-80gb:2 --out p.pdf | --out p.pdf would be a page; use FILE.html",
                "plan --shape gpt2 --machine this:2 | --machine is this:2; use this alone, which has as many devices as",
                "train --auto --exact | --auto does not know what exact sums of gradients cost; leave out --auto, or --exact",
                "train --auto --reduction tree | --auto does not know what exact sums of gradients cost",
                "train --auto --stages 2 | --auto chooses the layout itself, and --stages says otherwise; leave out one of the two",
                "train --auto --world-size 2 --threads 1 | --auto chooses the layout itself, and --world-size and --threads say",
                "generate --auto --model m --prompt x --split 5,7 | --auto chooses the layout itself, and --split says otherwise",
                "evaluate --auto --model m --data d --device cpu | --auto chooses the layout itself, and --device says otherwise",
            })
    void wrongUseIsOneLineBeforeAnythingRuns(String arguments, String message) {
        int code = run(arguments.split(" "));

        assertThat(err.toString().replace("\"", "").lines()).hasSize(1);
        assertThat(err.toString()).startsWith("trireme: " + message);
        assertThat(code).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aPlanIsTextJsonAndAPageOfItsOwn() throws Exception {
        Path page = folder.resolve("plan.html");

        assertThat(run("plan", "--shape", "small", "--machine", "h100-80gb:2", "--json", "--out", page.toString()))
                .isZero();

        JsonNode json = Json.STRICT.readTree(out.toString());
        assertThat(json.path("predicted").booleanValue()).isTrue();
        assertThat(json.path("fitting").size()).isGreaterThan(10);
        assertThat(json.path("command").textValue())
                .startsWith("bin/trireme train --data")
                .contains("--device cuda");
        assertThat(Files.readString(page))
                .startsWith("<!DOCTYPE html>")
                .contains("Layouts that fit")
                .doesNotContain("src=", "@import");
    }

    @Test
    void aMachineThatThisVersionCannotUseGetsNoCommandLine() throws Exception {
        assertThat(run("plan", "--shape", "small", "--machine", "v100-16gb:2", "--json"))
                .isZero();

        JsonNode json = Json.STRICT.readTree(out.toString());
        assertThat(json.path("command").textValue()).isEmpty();
        assertThat(json.path("fitting").size()).isZero();
        assertThat(json.path("other_versions").size()).isGreaterThan(10);
    }

    @Test
    void whereNothingFitsTheNearestIsSaidWithWhatWouldHold() {
        assertThat(run("plan", "--shape", "llama2-7b", "--machine", "v100-16gb:2", "--batch-size", "2"))
                .isEqualTo(ExitCode.OUT_OF_MEMORY.code());

        assertThat(err.toString().lines().filter(line -> line.contains("nothing fits: ")))
                .hasSize(1);
        assertThat(out.toString()).contains("Nothing fits. Nearest: 1 rank × 2 stages", "it would fit with ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plan --measure",
                "plan --shape small --machine h100-80gb:2",
                "plan --simulate --shape gpt2 --machine h100-80gb:8 --batch-size 128"
            })
    void aResultThatCannotBeWrittenIsFoundFirst(String arguments) {
        String ending = arguments.contains("--simulate") ? "result.svg" : "result.html";
        String file = folder.resolve("missing").resolve(ending).toString();

        assertThat(run((arguments + " --out " + file).split(" ", -1))).isEqualTo(ExitCode.CHECKPOINT.code());

        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).startsWith("trireme: " + file + ": cannot be written: there is no folder ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aCorpusThatIsNotThereIsFoundBeforeThisMachineIsMeasured() {
        assertThat(run("train", "--auto", "--data", folder.resolve("none.tsv").toString()))
                .isEqualTo(ExitCode.BAD_INPUT.code());

        assertThat(err.toString()).doesNotContain("measuring this machine").contains("none.tsv");
    }

    @Test
    void helpNamesEveryMachine() {
        assertThat(run("plan", "--help")).isZero();

        assertThat(out.toString()).contains(MachineFiles.NAMES);
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }
}
