package dev.trireme.plan;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Every layout of data × pipeline × micro-batches × schedule × checkpointing that a job's and a machine's numbers allow. */
final class Layouts {
    private static final int MOST_MICRO_BATCHES = 64;
    private static final int MOST_STAGES = 64;

    private Layouts() {}

    static List<Layout> of(Job job, Machine machine) {
        List<Layout> all = new ArrayList<>();
        for (int stages : powersOfTwo(Math.min(
                machine.devices(), Math.min(MOST_STAGES, 2 * job.model().layers())))) {
            for (int ranks : powersOfTwo(Math.min(machine.devices() / stages, job.rows()))) {
                for (int microBatches : powersOfTwo(Math.min(MOST_MICRO_BATCHES, job.rows() / ranks))) {
                    if (job.rows() % (ranks * microBatches) == 0 || !job.trains()) {
                        int threads =
                                threads(machine, ranks, stages, job.trains() ? stages : Math.min(stages, microBatches));
                        all.addAll(
                                job.trains()
                                        ? training(job, ranks, stages, microBatches, threads)
                                        : List.of(new Layout(
                                                ranks, PipelineLayout.of(stages, "even"), microBatches, threads)));
                    }
                }
            }
        }
        return all;
    }

    private static List<Layout> training(Job job, int ranks, int stages, int microBatches, int threads) {
        List<Layout> all = new ArrayList<>();
        for (ActivationCheckpointing when : List.of(ActivationCheckpointing.NEVER, ActivationCheckpointing.ALWAYS)) {
            for (String schedule : schedules(stages, microBatches)) {
                int chunks = schedule.equals("interleaved") ? 2 : 1;
                if (stages * chunks <= job.model().layers() || chunks == 1) {
                    PipelineLayout pipeline = new PipelineLayout(stages, "even", schedule, chunks, when);
                    all.add(new Layout(ranks, pipeline, microBatches, threads));
                }
            }
        }
        return all;
    }

    /** One micro-batch has one order; so have all on one device, where 1f1b holds least. */
    private static List<String> schedules(int stages, int microBatches) {
        if (stages == 1) {
            return List.of("1f1b");
        }
        if (microBatches == 1) {
            return List.of("gpipe");
        }
        return microBatches % stages == 0
                ? List.of("1f1b", "zero-bubble", "gpipe", "interleaved")
                : List.of("1f1b", "zero-bubble", "gpipe");
    }

    /** As the run will choose them; the stages of a GPU need one. */
    private static int threads(Machine machine, int ranks, int stages, int atOnce) {
        return machine.hasGpus() ? 1 : Math.max(1, machine.devicesPerHost() / (ranks * Math.min(stages, atOnce)));
    }

    private static int[] powersOfTwo(int most) {
        return IntStream.iterate(1, n -> n <= most, n -> 2 * n).toArray();
    }
}
