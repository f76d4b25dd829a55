package dev.trireme.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.bench.InferenceResult;
import dev.trireme.bench.Spread;
import dev.trireme.machine.Machine;
import org.junit.jupiter.api.Test;

class InferenceTableTest {
    @Test
    void figuresStandUnderTheirNames() {
        InferenceResult result = new InferenceResult(
                "inference",
                "llama-small",
                8,
                2032,
                16,
                2,
                "bfloat16",
                true,
                "one-device",
                "cpu",
                1234.56,
                12.345,
                648.04,
                301.4,
                new Spread(1230, 1234.56, 1240),
                new Spread(12, 12.345, 13.5),
                10.1,
                0.818,
                new Machine("cpu", 2, 0));
        assertThat(InferenceTable.HEADER + "\n" + InferenceTable.row(result)).isEqualTo("""
                shape        batch × prompt + new  threads  dtype     cache  prefill ms  step ms (min … max)        tokens/s  of the limit  peak MB
                llama-small      8 ×   2032 +  16        2  bfloat16  on         1234.6  12.35 (12.00 … 13.50)         648.0          82 %      301""");
    }
}
