package dev.trireme.plan;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The layouts of a job on a machine that are predicted: all combinations of these.
 *
 * <pre>
 *   stages          on up to 16 devices every number that a host has; powers of two; divisors of the devices
 *   ranks           of training divisors of the rows; of generation as stages
 *   micro-batches   up to 64: powers of two, and 1, 2 and 4 times the stages; of training those that divide a rank's rows
 *   schedule        1f1b, zero-bubble, gpipe, and interleaved with two chunks
 *   activations     all kept, or all computed again
 * </pre>
 */
final class Layouts {
    private static final int MOST_MICRO_BATCHES = 64;
    private static final int MOST_STAGES = 64;
    private static final int FEW_DEVICES = 16;

    private Layouts() {}

    static List<Layout> of(Job job, Machine machine) {
        int most = Math.min(
                machine.devices(), Math.min(MOST_STAGES, 2 * job.model().layers()));
        List<Layout> all = new ArrayList<>();
        for (int stages : upTo(most, count -> isTried(count, machine))) {
            for (int ranks : ranks(job, machine, stages)) {
                for (int microBatches : microBatches(job, ranks, stages)) {
                    int ofHost = machine.ranksOfHost(job.trains(), ranks, stages);
                    int atOnce = job.trains() ? stages : Math.min(stages, microBatches);
                    int threads = threads(machine, ofHost * atOnce);
                    all.addAll(
                            job.trains()
                                    ? training(job, ranks, stages, microBatches, threads)
                                    : List.of(new Layout(
                                            ranks, PipelineLayout.of(stages, split(stages)), microBatches, threads)));
                }
            }
        }
        return all;
    }

    private static boolean isTried(int count, Machine machine) {
        return (machine.devices() <= FEW_DEVICES && count <= machine.devicesPerHost())
                || isPowerOfTwo(count)
                || machine.devices() % count == 0;
    }

    /** No rank's stages lie on two hosts where they fit on one. */
    private static int[] ranks(Job job, Machine machine, int stages) {
        int room = stages <= machine.devicesPerHost()
                ? machine.hosts() * (machine.devicesPerHost() / stages)
                : machine.devices() / stages;
        return upTo(
                Math.min(room, job.rows()), ranks -> job.trains() ? job.rows() % ranks == 0 : isTried(ranks, machine));
    }

    private static int[] microBatches(Job job, int ranks, int stages) {
        int rows = job.rows() / ranks;
        return upTo(
                Math.min(MOST_MICRO_BATCHES, rows),
                count -> (!job.trains() || rows % count == 0)
                        && (isPowerOfTwo(count) || count == stages || count == 2 * stages || count == 4 * stages));
    }

    private static List<Layout> training(Job job, int ranks, int stages, int microBatches, int threads) {
        List<Layout> all = new ArrayList<>();
        for (ActivationCheckpointing when : List.of(ActivationCheckpointing.NEVER, ActivationCheckpointing.ALWAYS)) {
            for (String schedule : schedules(stages, microBatches)) {
                int chunks = schedule.equals("interleaved") ? 2 : 1;
                if (stages * chunks <= job.model().layers() || chunks == 1) {
                    PipelineLayout pipeline = new PipelineLayout(stages, split(stages), schedule, chunks, when);
                    all.add(new Layout(ranks, pipeline, microBatches, threads));
                }
            }
        }
        return all;
    }

    private static String split(int stages) {
        return stages == 1 ? "even" : "balanced";
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
    private static int threads(Machine machine, int running) {
        return machine.hasGpus() ? 1 : Math.max(1, machine.devicesPerHost() / running);
    }

    private static int[] upTo(int most, IntPredicate wanted) {
        return IntStream.rangeClosed(1, most).filter(wanted).toArray();
    }

    private static boolean isPowerOfTwo(int count) {
        return Integer.bitCount(count) == 1;
    }
}
