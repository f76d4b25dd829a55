package dev.trireme.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.bench.PipelineResult;
import dev.trireme.bench.Spread;
import dev.trireme.machine.Machine;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelineTableTest {
    @Test
    void figuresStandUnderTheirNames() {
        PipelineResult result = new PipelineResult(
                "pipeline",
                "llama-small",
                "zero-bubble",
                2,
                1,
                "4,0",
                16,
                4,
                128,
                1,
                "eager",
                "never",
                5,
                8_765.4,
                934.56,
                new Spread(930, 934.56, 1012.3),
                1700,
                0.0712,
                0.0588,
                0.955,
                0.97,
                1,
                0.981,
                0.9095,
                List.of(900.0, 850.0),
                List.of(34.0, 84.0),
                List.of(0.0, 0.0),
                List.of(0.0, 0.0),
                List.of(2, 2),
                List.of(200.0, 60.04),
                List.of(200.0, 60.25),
                512.3,
                9.2586,
                9.2557,
                new Machine("cpu", 2, 0));
        assertThat(PipelineTable.HEADER + "\n" + PipelineTable.row(result)).isEqualTo("""
                shape        schedule     stages × threads  split     m  tokens/s  step ms (min … max)          bubble (theory)  balance  efficiency  peak MB  loss             stage MB (predicted)
                llama-small  zero-bubble       2 × 1        4,0      16     8,765  934.6 (930.0 … 1,012.3)          7.1 (5.9) %    0.955      91.0 %      512  9.2586 → 9.2557  200.0, 60.0 (200.0, 60.3)""");
    }
}
