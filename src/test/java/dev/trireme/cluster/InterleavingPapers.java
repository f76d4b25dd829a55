package dev.trireme.cluster;

import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Schedules;
import dev.trireme.schedule.Simulation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Interleaving over plain 1F1B where the papers state a ratio.
 *
 * <p>Megatron-LM (Narayanan et al., SC 2021): "10+ %"; here for its GPT of 175 B on 96 A100s, tensor parallel 8 and p = 12,
 * sequences of 2048 × 12288, one in a micro-batch, two chunks. A GPU reaches 140 TFLOP/s; backward takes twice forward; the
 * scattered activation, an eighth of 50 MB, goes over 25 GB/s.
 *
 * <p>torchtitan, table 5: LLaMA-3.1 405B on 512 H100s, tensor parallel 8, p = 8, 100 and 128 tokens/s a GPU. As many
 * micro-batches as devices, which is what it takes unless it is told, of four sequences of 8192 × 16384, two chunks; 400
 * TFLOP/s, an eighth of an activation over 50 GB/s.
 */
final class InterleavingPapers {
    private InterleavingPapers() {}

    static List<PaperRow> rows() {
        List<PaperRow> rows = new ArrayList<>();
        double forward = 2 * 175e9 * 2048 / 96 / 140e12;
        double passed = 2048.0 * 12288 * 2 / 8 / 25e9 + 10e-6;
        for (int m : new int[] {12, 24, 36, 48, 60}) {
            rows.add(new PaperRow("Megatron 175B p 12 m " + m + ", v 2 (10+ %)", 1.10, ratio(12, m, forward, passed)));
        }
        double titan = 2 * 405e9 * 4 * 8192 / 64 / 400e12;
        double sent = 4.0 * 8192 * 16384 * 2 / 8 / 50e9 + 10e-6;
        rows.add(new PaperRow("torchtitan 405B p 8 m 8, v 2", 1.28, ratio(8, 8, titan, sent)));
        return rows;
    }

    private static double ratio(int p, int m, double forward, double passed) {
        return seconds(Schedules.oneForwardOneBackward(m, p), forward, passed)
                / seconds(Schedules.interleaved(m, p, 2), forward / 2, passed);
    }

    private static double seconds(Schedule schedule, double forward, double passed) {
        Cost cost = new Cost(forward, 2 * forward, 0);
        return Simulation.run(schedule, Collections.nCopies(schedule.stages(), cost), (from, to) -> passed)
                .makespanNanos();
    }
}
