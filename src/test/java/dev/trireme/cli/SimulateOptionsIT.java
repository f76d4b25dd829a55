package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.Json;
import dev.trireme.schedule.CostText;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class SimulateOptionsIT {
    private static final String STEP =
            "plan --simulate --shape llama2-7b --machine h100-80gb --max-length 512" + " --stages 8 --split even";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void aClusterOfAThousandDevicesTakesAStepAndDrawsIt(@TempDir Path folder) throws Exception {
        Path chart = folder.resolve("step.svg");
        String many = " --devices 1024 --batch-size 4096 --micro-batches 4096 --slow 9:1.5 --out " + chart;
        assertThat(run(STEP + many)).as(err.toString()).isZero();
        assertThat(out.toString().lines().toList())
                .hasSize(6)
                .satisfies(lines -> assertThat(lines.get(0))
                        .isEqualTo("simulated: llama2-7b on 1024 devices of h100-80gb (128 × 8): 128 ranks × 8 stages,"
                                + " m 32, 1f1b, stages are neighbours, ring"))
                .satisfies(lines -> assertThat(lines.get(2)).contains("where (p - 1) / (v m + p - 1) is 17.9 %"))
                .satisfies(lines -> assertThat(lines.get(3))
                        .startsWith("the fullest device holds ")
                        .endsWith(" GB"))
                .satisfies(lines -> assertThat(lines.get(4)).startsWith("127 of the replicas: tasks "))
                .satisfies(lines -> assertThat(lines.get(5)).startsWith("1 of the replicas: tasks "));
        assertThat(Files.readString(chart)).contains("1 of 128 replicas: ").contains("127 of 128 replicas: ");
    }

    @Test
    void theTimesOfItsStagesAreWhatASearchReads(@TempDir Path folder) throws Exception {
        Path times = folder.resolve("times.txt");
        assertThat(run(STEP + " --devices 8 --batch-size 32 --micro-batches 32 --out " + times))
                .as(err.toString())
                .isZero();
        assertThat(CostText.read(times))
                .hasSize(8)
                .allSatisfy(cost -> assertThat(cost.weightSeconds()).isPositive());
    }

    @Test
    void aStepOfManyReplicasIsThatOfOneAndTheSumOfGradients() throws Exception {
        JsonNode one = step(" --devices 8 --batch-size 32 --micro-batches 32");
        JsonNode many = step(" --devices 4096 --batch-size 16384 --micro-batches 16384");
        assertThat(many.get("tasks_seconds")).isEqualTo(one.get("tasks_seconds"));
        assertThat(one.get("exposed_seconds").asDouble()).isZero();
        assertThat(many.get("exposed_seconds").asDouble()).isPositive();
        JsonNode tree = step(" --devices 4096 --batch-size 16384 --micro-batches 16384 --all-reduce tree");
        assertThat(tree.get("exposed_seconds").asDouble())
                .isLessThan(many.get("exposed_seconds").asDouble());
        assertThat(many.get("seconds").asDouble())
                .isCloseTo(
                        Stream.of("tasks_seconds", "exposed_seconds", "update_seconds")
                                .mapToDouble(key -> many.get(key).asDouble())
                                .sum(),
                        withPercentage(1e-6));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "plan --shape gpt2 --devices 8 | --devices is for --simulate; add --simulate, or leave out --devices",
                "plan --shape gpt2 --stages 2 | --stages is for --simulate; add --simulate, or leave out --stages",
                "plan --simulate --shape gpt2 --machine h100-80gb --devices 5000 | --devices is 5000; use 1 to 4096",
                "plan --simulate --shape gpt2 --machine h100-80gb --devices 8 --stages 3 | --stages 3 cannot cut 8 devices"
                        + " into pipelines; use a divisor of 8",
                "plan --simulate --shape gpt2 --machine h100-80gb --prompts 2 | --simulate is of a training step; leave out"
                        + " what is of generation",
                "plan --simulate --measure --shape gpt2 --out m.json | --simulate is of a training step; leave out --measure",
                "plan --simulate --shape gpt2 --machine h100-80gb:8 --micro-batches 3 --batch-size 128 | --batch-size 128 cannot"
                        + " be cut into 1 ranks × 3 micro-batches of training; use a multiple of 3",
                "plan --simulate --shape gpt2 --machine h100-80gb:8 --stages 2 --micro-batches 6 --batch-size 128 |"
                        + " --micro-batches 6 cannot be shared by 4 ranks; use a multiple of 4",
                "plan --simulate --shape gpt2 --slow 17 | --slow 17 is no device and factor; use such as 17:1.5",
                "plan --simulate --shape gpt2 --out step.html | --out step.html has neither of the known endings;",
                "plan --simulate --shape gpt2 --machine h100-80gb:8 --slow 9 | --slow 9 is no device and factor; use such as",
                "plan --simulate --shape gpt2 --machine h100-80gb:8 --slow 9:2 | --slow device 9 takes no part; use 0 to 7",
                "plan --simulate --shape gpt2 --machine h100-80gb:8 --micro-batches 65536 --batch-size 65536 |"
                        + " --micro-batches 65536 in 8 stages are 524288 passes to simulate; use numbers whose product is up to",
                "plan --simulate --shape gpt2 --machine h100-80gb:8 --stages 8 --micro-batches 4096 --batch-size 4096"
                        + " --schedule 1f1b --out step.svg | --out step.svg would have 65536 boxes; use fewer stages or"
                        + " micro-batches, up to 50000, or leave it out",
                "plan --simulate --shape gpt2 --machine h100-80gb:8 --batch-size 128 --out step.html | --out step.html has"
                        + " neither of the known endings; with --simulate use FILE.svg for a chart or FILE.txt for",
            })
    void wrongUseIsOneLine(String arguments, String message) {
        assertThat(run(arguments + " --quiet")).isEqualTo(2); // else a slow machine reports its steps
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).startsWith("trireme: " + message);
        assertThat(out.toString()).isEmpty();
    }

    private JsonNode step(String more) throws Exception {
        out.getBuffer().setLength(0);
        assertThat(run(STEP + more + " --json")).as(err.toString()).isZero();
        return Json.READER.readTree(out.toString());
    }

    private int run(String arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments.split(" ", -1));
    }
}
