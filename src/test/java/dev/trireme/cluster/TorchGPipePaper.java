package dev.trireme.cluster;

import dev.trireme.plan.Link;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedules;
import dev.trireme.schedule.Simulation;
import java.util.ArrayList;
import java.util.List;

/**
 * torchgpipe's table of AmoebaNet-D (18, 256) on P40s (docs/benchmarks.rst), with the split, the micro-batch and the
 * checkpointing of every row as its benchmark has them.
 *
 * <p>Forward of a layer: the sum over its operators of the longer of FLOP over 60 % of 11.76 TFLOP/s and bytes over 80 % of
 * 346 GB/s, for an image of 224 × 224; backward takes twice that. A checkpointed micro-batch has its forward again. Two
 * neighbours are joined by PCIe, 12 GB/s, and pass on a cell's output and its input.
 */
final class TorchGPipePaper {
    /** Microseconds of forward of the 24 layers for one image. */
    private static final double[] LAYERS = {
        52.9, 631.5, 478.8, 380.6, 355.4, 375.7, 375.7, 375.7, 375.7, 447.7, 275.4, 270.5, 288.0, 288.0, 288.0, 288.0,
        370.9, 215.6, 228.1, 244.1, 244.1, 244.1, 244.1, 4.2
    };

    /** Megabytes of what each layer passes on, for one image. */
    private static final double[] OUTPUTS = {
        3.211, 8.028, 7.225, 5.620, 6.423, 6.423, 6.423, 6.423, 6.423, 4.415, 2.810, 3.211, 3.211, 3.211, 3.211, 3.211,
        2.208, 1.405, 1.606, 1.606, 1.606, 1.606, 1.606, 0.004
    };

    private static final Link PCIE = Clusters.link(12e9, 10e-6);

    private static final List<Setting> SETTINGS = List.of(
            new Setting(1, 96, List.of(7, 17), 1.0),
            new Setting(4, 64, List.of(9, 15), 1.539),
            new Setting(32, 40, List.of(9, 15), 1.773),
            new Setting(1, 160, List.of(3, 4, 5, 12), 1.004),
            new Setting(4, 90, List.of(3, 6, 7, 8), 1.666),
            new Setting(32, 36, List.of(3, 6, 7, 8), 2.709),
            new Setting(1, 196, List.of(2, 2, 2, 2, 2, 3, 4, 7), 0.932),
            new Setting(4, 120, List.of(2, 2, 2, 3, 3, 4, 4, 4), 2.621),
            new Setting(32, 40, List.of(2, 2, 2, 3, 3, 4, 4, 4), 4.953));

    private TorchGPipePaper() {}

    private record Setting(int microBatches, int rows, List<Integer> layers, double paper) {
        double imagesPerSecond() {
            int p = layers.size();
            double again = microBatches == 1 ? 1 : (microBatches - 1.0) / microBatches; // all, or all but the last
            List<Cost> costs = new ArrayList<>();
            double[] passed = new double[p];
            int layer = 0;
            for (int stage = 0; stage < p; stage++) {
                double forward = 0;
                for (int end = layer + layers.get(stage); layer < end; layer++) {
                    forward += rows * LAYERS[layer] / 1e6;
                }
                passed[stage] = rows * OUTPUTS[layer - 1] * 1e6;
                costs.add(new Cost(forward, (2 + again) * forward, 0));
            }
            double seconds = Simulation.run(
                                    Schedules.gPipe(microBatches, p),
                                    costs,
                                    (from, to) -> PCIE.seconds(passed[Math.min(from, to)]))
                            .makespanNanos()
                    / 1e9;
            return microBatches * rows / seconds;
        }
    }

    static List<PaperRow> rows() {
        double base = SETTINGS.get(0).imagesPerSecond();
        return SETTINGS.stream()
                .map(setting -> new PaperRow(
                        "torchgpipe AmoebaNet-D n %d m %d".formatted(setting.layers.size(), setting.microBatches),
                        setting.paper,
                        setting.imagesPerSecond() / base))
                .toList();
    }
}
