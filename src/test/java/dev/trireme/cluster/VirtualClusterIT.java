package dev.trireme.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.trireme.plan.Machine;
import dev.trireme.plan.StageWork;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Schedules;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class VirtualClusterIT {
    private static final double F = 0.011;
    private static final double B = 0.013;
    private static final double W = 0.012;
    private static final double BUCKET = 1e7;

    /** Equal stages, on links that take next to nothing, of up to 4,096 devices. */
    @ParameterizedTest(name = "{0}: {1} stages, {2} micro-batches, {3} chunks")
    @CsvSource({
        "gpipe,       8,  32, 1",
        "gpipe,       64, 256, 1",
        "1f1b,        8,  32, 1",
        "1f1b,        64, 128, 1",
        "1f1b,        256, 512, 1",
        "interleaved, 8,  32, 2",
        "interleaved, 16, 64, 4",
        "zero-bubble, 8,  32, 1",
        "zero-bubble, 64, 256, 1",
    })
    void aStepTakesWhatTheFormulaSays(String kind, int p, int m, int v) {
        Schedule schedule = Schedules.named(kind, m, p, v);
        boolean equal = kind.equals("zero-bubble"); // whose formula is of ZB-H1 as drawn, with equal times
        Cost cost = equal ? new Cost(W, W, W) : new Cost(F / v, B / v, W / v);
        ClusterRun run = VirtualCluster.run(Clusters.ofHosts(512, 8), step(schedule, cost, 1, 0), Spread.of(4096 / p));
        double all = v * cost.seconds();
        double idle = switch (kind) {
            case "interleaved" -> (p - 1) * all / v;
            case "zero-bubble" -> (p - 1) * (all - 2 * W); // Qi et al. 2023, table 2
            default -> (p - 1) * all;
        };
        assertThat(run.seconds()).isCloseTo(m * all + idle, withPercentage(1));
        assertThat(run.busyShare()).isCloseTo(m * all / (m * all + idle), withPercentage(1));
        assertThat(run.pipelines()).hasSize(1);
        assertThat(run.devices()).isEqualTo(4096);
    }

    @Test
    void aPipelineAcrossHostsWaitsForTheNetworkOnEveryHostItLeaves() {
        double bytes = 50e6;
        Schedule schedule = Schedules.gPipe(16, 32);
        ClusterRun run =
                VirtualCluster.run(Clusters.ofHosts(4, 8), step(schedule, new Cost(F, B, W), bytes, 0), Spread.of(1));
        double inHost = 3e-6 + bytes / Clusters.NVLINK;
        double between = 10e-6 + bytes / Clusters.NETWORK;
        assertThat(run.seconds())
                .isCloseTo((16 + 31) * (F + B + W) + 2 * (28 * inHost + 3 * between), withPercentage(0.01));
    }

    @Test
    void replicasOnOtherLinksAreOtherKinds() {
        Schedule schedule = Schedules.oneForwardOneBackward(8, 3); // on hosts of 8: 0-2, 3-5, 6-8 crosses
        ClusterRun run =
                VirtualCluster.run(Clusters.ofHosts(3, 8), step(schedule, new Cost(F, B, W), 1e9, 0), Spread.of(8));
        assertThat(run.pipelines().stream()
                        .mapToInt(ClusterRun.Pipelines::replicas)
                        .sum())
                .isEqualTo(8);
        assertThat(run.pipelines()).hasSize(3); // within a host, crossing after stage 0, crossing after stage 1
        assertThat(run.slowest().timeline().makespanNanos() / 1e9).isEqualTo(run.tasksSeconds());
    }

    @Test
    void aSlowDeviceHoldsUpAllReplicasAtTheSum() {
        StageWork step = step(Schedules.gPipe(16, 4), new Cost(F, B, W), 1e6, 1e6);
        Machine machine = Clusters.ofHosts(8, 8);
        ClusterRun even = VirtualCluster.run(machine, step, Spread.of(16));
        ClusterRun held =
                VirtualCluster.run(machine, step, new Spread(16, Placement.STAGES, AllReduce.RING, Map.of(21, 2.0)));
        assertThat(held.pipelines()).hasSize(2);
        assertThat(held.slowest().replicas()).isEqualTo(1);
        assertThat(held.seconds() - even.seconds())
                .isCloseTo(held.tasksSeconds() - even.tasksSeconds(), withPercentage(1));
        assertThat(held.tasksSeconds()).isCloseTo((16 * 2 + 3) * (F + B + W), withPercentage(1));
    }

    @Test
    void onlyTheLastBucketComesAfterABackwardThatIsLongEnough() {
        double bytes = 40.0 * BUCKET;
        Schedule schedule = Schedules.oneForwardOneBackward(1, 1);
        Machine machine = Clusters.ofHosts(4, 1);
        double ring = 2 * 3 * 10e-6 + 2 * 3.0 / 4 * BUCKET / Clusters.NETWORK; // of one bucket
        ClusterRun hidden = VirtualCluster.run(machine, step(schedule, new Cost(1, 1, 1), 0, bytes), Spread.of(4));
        assertThat(hidden.exposedSeconds()).isCloseTo(ring, withPercentage(1));
        ClusterRun bare = VirtualCluster.run(machine, step(schedule, new Cost(0, 1e-6, 0), 0, bytes), Spread.of(4));
        assertThat(bare.exposedSeconds()).isCloseTo(40 * ring, withPercentage(1));
    }

    @Test
    void replicasNextToEachOtherSumWithinTheirHost() {
        StageWork step = step(Schedules.oneForwardOneBackward(8, 8), new Cost(F, B, W), 1e3, 1e9);
        Machine machine = Clusters.ofHosts(8, 8);
        ClusterRun across = VirtualCluster.run(machine, step, Spread.of(8));
        ClusterRun within =
                VirtualCluster.run(machine, step, new Spread(8, Placement.REPLICAS, AllReduce.RING, Map.of()));
        assertThat(within.exposedSeconds()).isLessThan(across.exposedSeconds() / 4);
        assertThat(within.tasksSeconds()).isGreaterThan(across.tasksSeconds());
    }

    @Test
    void whatCannotBeSimulatedIsRefused() {
        StageWork step = step(Schedules.oneForwardOneBackward(8, 4), new Cost(F, B, W), 1, 1);
        assertThatThrownBy(() -> VirtualCluster.run(Clusters.ofHosts(1, 8), step, Spread.of(3)))
                .hasMessage("3 replicas of 4 devices need 12, but virtual has 8; use fewer, or a machine with more");
        Spread slow = new Spread(2, Placement.STAGES, AllReduce.RING, Map.of(8, 2.0));
        assertThatThrownBy(() -> VirtualCluster.run(Clusters.ofHosts(2, 8), step, slow))
                .hasMessage("slow device 8 takes no part; use 0 to 7");
        assertThatThrownBy(() -> VirtualCluster.requirePasses(1024, 1024))
                .hasMessage("microBatches 1024 in 1024 stages are 1048576 passes to simulate; use numbers whose product"
                        + " is up to 262144");
    }

    static StageWork step(Schedule schedule, Cost cost, double activationBytes, double gradientBytes) {
        return new StageWork(
                schedule,
                Collections.nCopies(schedule.stages(), cost),
                activationBytes,
                Collections.nCopies(schedule.stages(), gradientBytes),
                BUCKET,
                0);
    }
}
