package dev.trireme.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.bench.BenchResult;
import dev.trireme.bench.Spread;
import dev.trireme.machine.Machine;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchTableTest {
    @Test
    void figuresStandUnderTheirNames() {
        BenchResult result = new BenchResult(
                "data-parallel",
                "small",
                2,
                1,
                16,
                128,
                20,
                "overlapped",
                "cpu",
                8123.4,
                new Spread(250, 252.1, 1260.34),
                12.345,
                9.2107,
                9.1022,
                0.812,
                10_000,
                List.of(),
                new Machine("cpu", 2, 0));
        assertThat(BenchTable.HEADER + "\n" + BenchTable.row(result)).isEqualTo("""
                shape        ranks × threads   tokens/s   step ms (min … max)      waited ms   of the limit   loss
                small            2 × 1            8,123   252.1 (250.0 … 1,260.3)       12.3           81 %   9.2107 → 9.1022""");
    }
}
