package dev.trireme.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trireme.config.PipelineLayout;
import dev.trireme.generate.Generation;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.GenerationListener;
import dev.trireme.generate.Generations;
import dev.trireme.generate.StopReason;
import dev.trireme.generate.Timing;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GenerationOutputTest {
    private static final Generation ENDED =
            new Generation("Grüß Gott.", List.of(5, 6, 7), 2, StopReason.END, List.of(-0.5, -1.0, -0.25));
    private static final Generation CUT =
            new Generation("Wer", List.of(8, 9), 4, StopReason.LENGTH, List.of(-2.0, -3.0));
    private static final Timing TIMING = new Timing(7_500_000, new long[] {10_000_000, 10_000_000, 20_000_000});

    private static final GenerationLayout LAYOUT = new GenerationLayout(PipelineLayout.of(2, "even"), 2, 1, "cpu", 1);

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void oneTextIsPassedOnAsItComes() {
        GenerationOutput output = output(false, false);
        output.stream("Grüß");
        assertThat(out.toString()).isEqualTo("Grüß");
        output.stream(" Gott.");
        output.finish(List.of("Hallo"), new Generations(List.of(ENDED), TIMING), LAYOUT);
        assertThat(out.toString()).isEqualTo("Grüß Gott.\n");
        assertThat(err.toString()).isEqualTo("3 tokens after 2, prefill 7.5 ms, then 75.0 tokens/s\n");
    }

    @Test
    void severalTextsStandUnderTheirPromptsInOrder() {
        GenerationOutput output = output(false, true);
        GenerationListener listener = output.listener(List.of("Hallo", "Wo"));
        listener.finished(1, CUT);
        assertThat(out.toString()).isEmpty();
        listener.finished(0, ENDED);
        assertThat(out.toString()).isEqualTo("""
                == 1/2  Hallo
                Grüß Gott.

                == 2/2  Wo
                Wer
                """);
        output.finish(List.of("Hallo", "Wo"), new Generations(List.of(ENDED, CUT), TIMING), LAYOUT);
        assertThat(err.toString())
                .isEqualTo("5 tokens after 6, prefill 7.5 ms, then 100.0 tokens/s, log-probability -6.750\n");
    }

    @Test
    void jsonIsAnObjectAPromptWithTheseNames() throws IOException {
        GenerationOutput output = output(true, true);
        output.stream("not shown");
        output.listener(List.of("Hallo", "Wo")).finished(0, ENDED);
        assertThat(out.toString()).isEmpty();
        output.finish(List.of("Hallo", "Wo"), new Generations(List.of(ENDED, CUT), TIMING), LAYOUT);
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(2);
        JsonNode first = new ObjectMapper().readTree(lines.get(0));
        assertThat(names(first))
                .containsExactly(
                        "kind",
                        "prompt",
                        "text",
                        "ids",
                        "prompt_tokens",
                        "generated_tokens",
                        "stop",
                        "log_probabilities",
                        "prefill_ms",
                        "decode_tokens_per_second",
                        "peak_memory_mb",
                        "layout");
        assertThat(names(first.get("layout")))
                .containsExactly(
                        "stages", "split", "schedule", "chunks", "micro_batches", "world_size", "device", "threads");
        assertThat(first.get("layout").get("micro_batches").intValue()).isEqualTo(2);
        assertThat(first.get("text").textValue()).isEqualTo("Grüß Gott.");
        assertThat(first.get("generated_tokens").intValue()).isEqualTo(3);
        assertThat(first.get("stop").textValue()).isEqualTo("end");
        assertThat(first.get("prefill_ms").doubleValue()).isEqualTo(7.5);
        assertThat(first.get("decode_tokens_per_second").doubleValue()).isEqualTo(100);
        assertThat(first.get("peak_memory_mb").doubleValue()).isGreaterThan(10);
    }

    @Test
    void aTextOfOneTokenHasNoDecodeSpeed() {
        Timing noSteps = new Timing(7_500_000, new long[0]);
        assertThat(GenerationOutput.tokensPerSecond(new Generations(List.of(CUT), noSteps)))
                .isZero();
    }

    @Test
    void theLiveLineLeavesNothingBehind() {
        LiveLine line = new LiveLine(new PrintWriter(err, true), 12);
        line.show("a text that is too long");
        line.show("short");
        line.clear();
        line.clear();
        assertThat(err.toString()).isEqualTo("\r           \ra text that\r           \rshort\r           \r");
    }

    private GenerationOutput output(boolean json, boolean likelihoods) {
        PrintWriter errors = new PrintWriter(err, true);
        return new GenerationOutput(
                new PrintWriter(out, true), errors, json, likelihoods, new LiveSpeed(new LiveLine(errors, 0)));
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
